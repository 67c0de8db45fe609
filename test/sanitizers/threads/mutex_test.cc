#include "../../../native/threads/mutex.h"

#include <thread>
#include <vector>

#include "../harness/test.h"

namespace threads {

namespace {

TEST("mutex: one thread at a time, and a condition that is signalled is seen") {
  sspi::Mutex mutex;
  sspi::Condition condition;
  int turn = 0;
  constexpr int kTurns = 200;
  std::vector<std::thread> players;
  for (int player = 0; player < 3; ++player) {
    players.emplace_back([&, player] {
      for (int i = 0; i < kTurns; ++i) {
        const sspi::Lock lock(mutex);
        while (turn % 3 != player) condition.wait(lock, 20'000);
        ++turn;
        condition.wakeAll();
      }
    });
  }
  for (std::thread& player : players) player.join();
  EXPECT_EQ(turn, 3 * kTurns);
}

TEST("mutex: a wait says whether it was called or the time was up") {
  sspi::Mutex mutex;
  sspi::Condition condition;
  const sspi::Lock lock(mutex);
  EXPECT(!condition.wait(lock, 1));
}

}  // namespace

}  // namespace threads
