#include "../../../native/js/brief_waits.h"

#include <thread>
#include <vector>

#include "../../../native/threads/mutex.h"
#include "../harness/test.h"
#include "../stand-in/controls.h"
#include "ledger.h"

namespace threads {

namespace {

constexpr unsigned kStep = 10;  // microseconds of the clock from one reading to the next
constexpr int64_t kLongest = 100;
constexpr int kWaitsInABudget = 2000 / kStep;

class Setting {
 public:
  Setting() { standin::setClock(kStep); }

  void waitInVain() { waits.wait(never); }
  void waitForSomething() { waits.wait(already); }
  void giveWayInVain() { waits.waitGivingWay(never); }
  void giveWayForSomething() { waits.waitGivingWay(already); }
  // How many calls go without a wait until one is worth trying.
  int skipped() {
    int count = 0;
    while (!waits.worthTrying()) {
      ++count;
      if (count > 10'000) break;
    }
    return count;
  }

  sspi::BriefWaits waits;

 private:
  const std::atomic<bool> never{false};
  const std::atomic<bool> already{true};
};

TEST("brief wait: ends with the flag, or with the time") {
  const std::atomic<bool> never{false};
  const std::atomic<bool> already{true};
  standin::setClock(kStep);
  EXPECT_EQ(sspi::waitBriefly(already, kLongest), int64_t{kStep});
  EXPECT_EQ(sspi::waitBriefly(never, kLongest), kLongest);
}

TEST("brief wait: sees what another thread wrote before it set the flag") {
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> flag{false};
    int written = 0;
    std::thread other([&] {
      written = i;
      flag.store(true, std::memory_order_release);
    });
    while (sspi::waitBriefly(flag, kLongest) >= kLongest && !flag.load(std::memory_order_acquire)) {
    }
    EXPECT_EQ(written, i);
    other.join();
  }
}

TEST("brief waits: each wait in vain makes the stretch without one longer, up to the longest") {
  Setting setting;
  for (const int expected : {0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1023, 1023}) {
    EXPECT_EQ(setting.skipped(), expected);
    setting.waitInVain();
    setting.waits.eventLoopTurned();
  }
}

TEST("brief waits: those that end in time make the stretches shorter") {
  Setting setting;
  for (int i = 0; i < 4; ++i) {
    setting.skipped();
    setting.waitInVain();
    setting.waits.eventLoopTurned();
  }
  for (const int expected : {15, 13, 11, 9, 7, 6, 5, 4, 3, 2, 1, 0, 0}) {
    EXPECT_EQ(setting.skipped(), expected);
    setting.waitForSomething();
  }
}

TEST("brief waits: where most are in vain there are soon none") {
  Setting setting;
  for (int i = 0; i < 50; ++i) {
    for (int time = 0; time < 2; ++time) {
      setting.skipped();
      setting.waitInVain();
    }
    setting.skipped();
    setting.waitForSomething();
    setting.waits.eventLoopTurned();
  }
  EXPECT(setting.skipped() > 500);
}

TEST("brief waits: where few are in vain there is hardly a stretch without one") {
  Setting setting;
  for (int i = 0; i < 50; ++i) {
    setting.skipped();
    setting.waitInVain();
    setting.waits.eventLoopTurned();
    for (int time = 0; time < 15; ++time) {
      setting.skipped();
      setting.waitForSomething();
    }
  }
  EXPECT(setting.skipped() < 3);
}

TEST("brief waits: all of them together keep the event loop for two milliseconds and no more") {
  Setting setting;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kWaitsInABudget; ++i) {
      EXPECT(setting.waits.worthTrying());
      setting.waitForSomething();
    }
    EXPECT(!setting.waits.worthTrying());
    EXPECT(!setting.waits.worthTrying());
    setting.waits.eventLoopTurned();
  }
}

TEST("brief waits: those that give way count like the others") {
  Setting setting;
  for (int i = 0; i < kWaitsInABudget / 2; ++i) {
    setting.waitForSomething();
    setting.giveWayForSomething();
  }
  EXPECT(!setting.waits.worthTrying());
  setting.waits.eventLoopTurned();
  setting.giveWayInVain();
  EXPECT_EQ(setting.skipped(), 1);
}

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
