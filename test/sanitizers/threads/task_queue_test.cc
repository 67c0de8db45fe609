#include "../../../native/threads/task.h"

#include <vector>

#include "../harness/test.h"

namespace threads {

namespace {

class Numbered final : public sspi::Task {
 public:
  Numbered(int number, std::vector<int>& gone) : number_(number), gone_(gone) {}
  ~Numbered() override { gone_.push_back(number_); }
  void run() noexcept override {}
  int number() const { return number_; }

 private:
  int number_;
  std::vector<int>& gone_;
};

using Queue = sspi::TaskQueue<Numbered>;

void add(Queue& queue, std::vector<int>& gone, std::initializer_list<int> numbers) {
  for (const int number : numbers) queue.add(std::make_unique<Numbered>(number, gone));
}

TEST("queue: first in, first out, also after it was empty") {
  std::vector<int> gone;
  Queue queue;
  EXPECT(queue.empty());
  for (int round = 0; round < 3; ++round) {
    add(queue, gone, {1, 2, 3});
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.takeFirst()->number(), 1);
    add(queue, gone, {4});
    for (const int expected : {2, 3, 4}) EXPECT_EQ(queue.takeFirst()->number(), expected);
    EXPECT(queue.empty());
    EXPECT_EQ(queue.size(), 0U);
  }
}

TEST("queue: what is taken no longer holds what came after it") {
  std::vector<int> gone;
  Queue queue;
  add(queue, gone, {1, 2});
  queue.takeFirst().reset();
  EXPECT_EQ(gone.size(), 1U);
  EXPECT_EQ(queue.size(), 1U);
}

TEST("queue: swapping hands over everything") {
  std::vector<int> gone;
  Queue queue;
  Queue other;
  add(queue, gone, {1, 2});
  other.swap(queue);
  EXPECT(queue.empty());
  add(queue, gone, {3});
  add(other, gone, {4});
  EXPECT_EQ(other.size(), 3U);
  EXPECT_EQ(queue.takeFirst()->number(), 3);
  for (const int expected : {1, 2, 4}) EXPECT_EQ(other.takeFirst()->number(), expected);
}

TEST("queue: a very long one ends without a very deep stack, and in order") {
  constexpr int kMany = 300'000;
  std::vector<int> gone;
  {
    Queue queue;
    for (int i = 0; i < kMany; ++i) add(queue, gone, {i});
  }
  EXPECT_EQ(gone.size(), static_cast<size_t>(kMany));
  EXPECT_EQ(gone.front(), 0);
  EXPECT_EQ(gone.back(), kMany - 1);
}

}  // namespace

}  // namespace threads
