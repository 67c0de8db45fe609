#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "../harness/test.h"
#include "../stand-in/controls.h"
#include "ledger.h"

namespace threads {

namespace {

using sspi::WorkerPool;

constexpr int kMost = 64;  // of the pool's threads
// So slow that no thread at rest ends in a test.
constexpr double kFrozen = 0.0001;

void submit(WorkerPool& pool, std::unique_ptr<sspi::Task> task) { EXPECT(pool.submit(std::move(task)) == nullptr); }

void runSideBySide(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> all;
  for (int i = 0; i < count; ++i) all.emplace_back(body, i);
  for (std::thread& one : all) one.join();
}

TEST("pool: every task of many submitters runs once and is destroyed once") {
  for (const unsigned causeless : {0U, 3U}) {
    standin::wakeWithoutCause(causeless);
    Ledger ledger;
    WorkerPool pool;
    runSideBySide(6, [&](int) {
      for (int i = 0; i < 500; ++i) submit(pool, ledger.task());
    });
    EXPECT(ledger.allDone());
    EXPECT_EQ(ledger.ran(), 3000);
  }
}

TEST("pool: a thread starts whenever work waits and none is at rest, whatever the processors and without delay") {
  for (const DWORD processors : {1U, 1000U}) {
    standin::setPace(kFrozen);
    standin::setProcessors(processors);
    Ledger ledger;
    Gate gate;
    auto pool = std::make_optional<WorkerPool>();
    for (int i = 1; i <= kMost; ++i) {
      submit(*pool, ledger.task([&gate] { gate.pass(); }));
      EXPECT(until([&] { return ledger.inside() == i; }));
      EXPECT_EQ(standin::threadsAlive(), static_cast<size_t>(i));
    }
    gate.open();
    EXPECT(ledger.allDone());
    pool.reset();
    EXPECT(standin::awaitThreads(0));
  }
}

TEST("pool: no more threads than the most, and all tasks get through in the end") {
  Ledger ledger;
  Gate gate;
  WorkerPool pool;
  for (int i = 0; i < 2 * kMost; ++i) submit(pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return ledger.inside() == kMost; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(ledger.inside(), kMost);
  EXPECT_EQ(standin::threadsAlive(), static_cast<size_t>(kMost));
  gate.open();
  EXPECT(ledger.allDone());
  EXPECT_EQ(ledger.mostInside(), kMost);
}

TEST("pool: while fewer than the most hang, whatever comes gets a thread at once") {
  standin::setPace(kFrozen);
  Ledger hanging;
  Ledger quick;
  Gate gate;
  WorkerPool pool;
  for (int i = 1; i < kMost; ++i) submit(pool, hanging.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return hanging.inside() == kMost - 1; }));
  for (int i = 0; i < 20; ++i) {
    submit(pool, quick.task());
    EXPECT(quick.allDone());
  }
  gate.open();
  EXPECT(hanging.allDone());
}

TEST("pool: its load tells how many threads are at work, and how many tasks wait for one") {
  Ledger ledger;
  Gate gate;
  WorkerPool pool;
  const auto isLoad = [&pool](size_t atWork, size_t waiting) {
    return until([&] { return pool.load().atWork == atWork && pool.load().waiting == waiting; });
  };
  EXPECT(isLoad(0, 0));
  for (int i = 0; i < kMost; ++i) submit(pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(isLoad(kMost, 0));
  for (int i = 0; i < 3; ++i) submit(pool, ledger.task());
  EXPECT(isLoad(kMost, 3));
  gate.open();
  EXPECT(ledger.allDone());
  EXPECT(isLoad(0, 0));
}

TEST("pool: the thread that came to rest last is called first") {
  standin::setPace(kFrozen);
  constexpr size_t kThreads = 5;
  for (const unsigned causeless : {0U, 2U}) {
    standin::wakeWithoutCause(causeless);
    Ledger ledger;
    WorkerPool pool;
    // Each task notes its thread, and hangs until it is its turn to come to rest.
    const auto fill = [&] {
      std::vector<std::thread::id> threads(kThreads);
      std::vector<Gate> gates(kThreads);
      for (size_t i = 0; i < kThreads; ++i) {
        submit(pool, ledger.task([&, i] {
          threads[i] = std::this_thread::get_id();
          gates[i].pass();
        }));
        EXPECT(until([&] { return ledger.inside() == static_cast<int>(i) + 1; }));
      }
      for (size_t i = 0; i < kThreads; ++i) {
        gates[i].open();
        EXPECT(until([&] { return pool.load().atRest == i + 1; }));
      }
      return threads;
    };
    const std::vector<std::thread::id> first = fill();
    const std::vector<std::thread::id> second = fill();
    EXPECT(std::equal(first.rbegin(), first.rend(), second.begin()));
    EXPECT(ledger.allDone());
  }
}

TEST("pool: after a burst the threads that are not needed end, while others go on working") {
  standin::setPace(100);  // they end after a tenth of a second
  Ledger ledger;
  Gate gate;
  WorkerPool pool;
  for (int i = 0; i < 30; ++i) submit(pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return ledger.inside() == 30; }));
  gate.open();
  EXPECT(until([&] {
    submit(pool, ledger.task());
    EXPECT(ledger.allDone());
    return standin::threadsAlive() <= 2;
  }));
  EXPECT(standin::threadsAlive() >= 1);
}

TEST("pool: calls one after the other need few threads") {
  const size_t before = standin::threadsStarted();
  Ledger ledger;
  WorkerPool pool;
  for (int i = 1; i <= 1000; ++i) {
    submit(pool, ledger.task());
    EXPECT(until([&] { return ledger.destroyed() == i; }));
  }
  EXPECT(standin::threadsStarted() - before <= 3);
}

// A call whose end begins the next one, as a handshake's legs do.
class Chain final : public sspi::Task {
 public:
  Chain(WorkerPool& pool, std::atomic<int>& left) : pool_(pool), left_(left) {}
  void run() noexcept override {}
  void handOn(std::unique_ptr<sspi::Task> /*self*/) noexcept override {
    if (--left_ > 0) submit(pool_, std::make_unique<Chain>(pool_, left_));
  }

 private:
  WorkerPool& pool_;
  std::atomic<int>& left_;
};

TEST("pool: calls that each begin the next need no more threads than there are in flight") {
  standin::setPace(kFrozen);
  const size_t before = standin::threadsStarted();
  constexpr size_t kInFlight = 8;
  std::vector<std::atomic<int>> left(kInFlight);
  WorkerPool pool;
  for (std::atomic<int>& calls : left) {
    calls = 500;
    submit(pool, std::make_unique<Chain>(pool, calls));
  }
  EXPECT(until([&] { return std::all_of(left.begin(), left.end(), [](const auto& calls) { return calls == 0; }); }));
  EXPECT(standin::threadsStarted() - before <= kInFlight);
}

TEST("pool: idle threads end, and later tasks get new ones") {
  standin::setPace(1000);
  Ledger ledger;
  WorkerPool pool;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) submit(pool, ledger.task());
    EXPECT(ledger.allDone());
    EXPECT(standin::awaitThreads(0));
  }
}

TEST("pool: tasks that come as idle threads are about to end are not lost") {
  standin::setPace(20'000);  // they end after half a millisecond
  Ledger ledger;
  WorkerPool pool;
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    submit(pool, ledger.task());
    if (i % 3 == 0) submit(pool, ledger.task());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 1200));
  }
  EXPECT(ledger.allDone());
}

TEST("pool: closing ends idle threads at once") {
  auto pool = std::make_optional<WorkerPool>();
  Ledger ledger;
  Gate gate;
  for (int i = 0; i < 20; ++i) submit(*pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return ledger.inside() == 20; }));
  gate.open();
  EXPECT(ledger.allDone());
  pool.reset();
  EXPECT(standin::awaitThreads(0, std::chrono::seconds(5)));
}

TEST("pool: closing does not wait for what runs, and that goes on to its end") {
  auto pool = std::make_optional<WorkerPool>();
  Ledger ledger;
  Gate gate;
  for (int i = 0; i < 2; ++i) submit(*pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return ledger.inside() == 2; }));
  pool.reset();
  EXPECT_EQ(ledger.inside(), 2);
  EXPECT(standin::threadsAlive() >= 2);
  gate.open();
  EXPECT(ledger.allDone());
}

TEST("pool: closing loses no task that waits") {
  for (const double pace : {kFrozen, 1.0, 100.0}) {
    standin::setPace(pace);
    auto pool = std::make_optional<WorkerPool>();
    Ledger ledger;
    Gate gate;
    for (int i = 0; i < 100; ++i) submit(*pool, ledger.task([&gate] { gate.pass(); }));
    EXPECT(until([&] { return ledger.inside() >= 2; }));
    pool.reset();
    gate.open();
    EXPECT(ledger.allDone());
  }
}

TEST("pool: the last hold on a pool may go on one of its own threads") {
  for (int i = 0; i < 100; ++i) {
    auto pool = std::make_shared<WorkerPool>();
    Ledger ledger;
    WorkerPool& alive = *pool;
    EXPECT(alive.submit(ledger.task([hold = std::move(pool)]() mutable { hold.reset(); })) == nullptr);
    EXPECT(ledger.allDone());
  }
}

TEST("pool: a task may submit tasks") {
  Ledger ledger;
  WorkerPool pool;
  std::function<void(int)> grow = [&](int depth) {
    for (int i = 0; i < 3 && depth > 0; ++i) submit(pool, ledger.task([&grow, depth] { grow(depth - 1); }));
  };
  submit(pool, ledger.task([&grow] { grow(6); }));
  EXPECT(ledger.allDone());
  EXPECT_EQ(ledger.ran(), 1 + 3 + 9 + 27 + 81 + 243 + 729);
}

TEST("pool: without a thread a task comes back, and the next one goes through when there are threads again") {
  Ledger ledger;
  WorkerPool pool;
  standin::refuseThreads(true);
  for (int i = 0; i < 3; ++i) {
    std::unique_ptr<sspi::Task> task = ledger.task();
    const sspi::Task* const address = task.get();
    const std::unique_ptr<sspi::Task> refused = pool.submit(std::move(task));
    EXPECT(refused.get() == address);
  }
  EXPECT_EQ(ledger.destroyed(), 3);
  EXPECT_EQ(ledger.ran(), 0);
  standin::refuseThreads(false);
  Ledger next;
  submit(pool, next.task());
  EXPECT(next.allDone());
}

TEST("pool: where no further thread can be started, the ones there are take all tasks") {
  standin::setProcessors(8);
  Ledger ledger;
  Gate gate;
  WorkerPool pool;
  submit(pool, ledger.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return ledger.inside() == 1; }));
  standin::refuseThreads(true);
  for (int i = 0; i < 20; ++i) submit(pool, ledger.task([&gate] { gate.pass(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(ledger.inside(), 1);
  gate.open();
  EXPECT(ledger.allDone());
}

TEST("pool: where threads were refused for a while, the next task brings one for all that wait") {
  Ledger hanging;
  Ledger quick;
  Gate gate;
  WorkerPool pool;
  for (int i = 0; i < 2; ++i) submit(pool, hanging.task([&gate] { gate.pass(); }));
  EXPECT(until([&] { return hanging.inside() == 2; }));
  standin::refuseThreads(true);
  submit(pool, quick.task());
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(quick.ran(), 0);
  standin::refuseThreads(false);
  submit(pool, quick.task());
  EXPECT(quick.allDone());
  gate.open();
  EXPECT(hanging.allDone());
}

// Everything at once, differently each time: pools that live for a few milliseconds, submitters that compete, tasks
// that return at once, work, or hang; threads refused; sleeps that end without a cause; and closing at any moment.
void churn(unsigned seed) {
  std::mt19937 random(seed);
  const auto upTo = [&random](unsigned most) { return static_cast<unsigned>(random() % (most + 1)); };
  standin::setProcessors(1 + upTo(4));
  standin::setPace(1 + 100 * upTo(50));
  standin::wakeWithoutCause(upTo(4));
  Ledger ledger;
  std::atomic<int> refused{0};
  Gate gate;
  auto pool = std::make_shared<WorkerPool>();
  std::vector<std::thread> submitters;
  for (unsigned i = 0; i <= upTo(3); ++i) {
    submitters.emplace_back([&, own = std::mt19937(random()), hold = pool]() mutable {
      for (int task = 0; task < 60; ++task) {
        const unsigned kind = own() % 20;
        if (kind == 0) standin::refuseThreads(own() % 2 == 0);
        std::function<void()> body = [] {};
        if (kind == 1) body = [&gate] { gate.pass(); };
        if (kind == 2) body = [] { std::this_thread::sleep_for(std::chrono::microseconds(300)); };
        if (hold->submit(ledger.task(std::move(body))) != nullptr) ++refused;
        if (kind == 3) std::this_thread::sleep_for(std::chrono::microseconds(own() % 500));
      }
      hold.reset();
    });
  }
  pool.reset();
  for (std::thread& submitter : submitters) submitter.join();
  standin::refuseThreads(false);
  gate.open();
  const bool finished = until([&] { return ledger.destroyed() == ledger.made(); });
  EXPECT(finished);
  EXPECT_EQ(ledger.ran() + refused, ledger.made());
  if (!finished) test::fail(__FILE__, __LINE__, "with the seed " + std::to_string(seed));
}

TEST("pool: survives everything at once") {
  for (unsigned seed = 1; seed <= 60; ++seed) churn(seed);
}

}  // namespace

}  // namespace threads
