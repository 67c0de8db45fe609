// When the JavaScript thread watches for the end of a call, and for how long.

#include "../../../native/js/brief_wait.h"

#include <thread>

#include "../harness/test.h"
#include "../stand-in/controls.h"

namespace runtime {

namespace {

using sspi::BriefWait;

constexpr unsigned kStep = 10;  // microseconds of the clock from one reading to the next
constexpr int64_t kBrief = 100;
constexpr int64_t kTooLong = 1000;
const std::atomic<bool> kNever{false};
const std::atomic<bool> kAlready{true};

// How many watches in vain the budget of a turn is good for.
int watches(BriefWait wait) {
  wait.eventLoopTurned();
  int count = 0;
  for (; wait.isAffordable() && count < 1000; ++count) wait.watch(kNever, sspi::microsecondsNow());
  return count;
}

TEST("brief wait: ends with the call, or when that has gone on for long enough") {
  standin::setClock(kStep);
  BriefWait wait;
  const int64_t start = sspi::microsecondsNow();
  wait.watch(kAlready, start);
  EXPECT_EQ(sspi::microsecondsNow() - start, int64_t{2 * kStep});
  wait.watch(kNever, start);
  EXPECT_EQ(sspi::microsecondsNow() - start, int64_t{kStep} + BriefWait::kLongest);
}

TEST("brief wait: sees what another thread wrote before it set the flag") {
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> flag{false};
    int written = 0;
    std::thread other([&] {
      written = i;
      flag.store(true, std::memory_order_release);
    });
    for (bool seen = false; !seen;) {
      const int64_t start = sspi::microsecondsNow();
      BriefWait().watch(flag, start);
      seen = sspi::microsecondsNow() - start < BriefWait::kLongest;
    }
    EXPECT_EQ(written, i);
    other.join();
  }
}

TEST("brief wait: all watches of a turn of the event loop take two milliseconds and no more") {
  standin::setClock(kStep);
  BriefWait wait;
  for (int turn = 0; turn < 3; ++turn) {
    int64_t spent = 0;
    while (wait.isAffordable()) {
      const int64_t start = sspi::microsecondsNow();
      wait.watch(kNever, start);
      spent += sspi::microsecondsNow() - kStep - start;
    }
    EXPECT(spent > 2000 - BriefWait::kLongest - 10);  // each counts as 1 µs more
    EXPECT(spent <= 2000);
    wait.eventLoopTurned();
  }
}

TEST("brief wait: each call that takes too long halves the budget, and after four in a row there is none") {
  standin::setClock(kStep);
  BriefWait wait;
  for (const int expected : {7, 3, 1, 1, 0, 0}) {
    EXPECT_EQ(watches(wait), expected);
    wait.callTook(kTooLong);
  }
}

TEST("brief wait: a call that takes too long counts in the same turn") {
  BriefWait wait;
  for (int i = 0; i < 4; ++i) wait.callTook(kTooLong);
  EXPECT(!wait.isAffordable());
  wait.eventLoopTurned();
  EXPECT(!wait.isAffordable());
}

TEST("brief wait: brief calls bring the budget back, although nobody watched for them") {
  standin::setClock(kStep);
  BriefWait wait;
  for (int i = 0; i < 100; ++i) wait.callTook(kTooLong);
  for (int i = 0; i < 9; ++i) wait.callTook(kBrief);
  EXPECT_EQ(watches(wait), 0);
  wait.callTook(kBrief);
  EXPECT_EQ(watches(wait), 1);
  for (int i = 0; i < 1000; ++i) wait.callTook(kBrief);
  EXPECT_EQ(watches(wait), 7);
}

TEST("brief wait: where every third call takes too long there is none; where every fiftieth does there is") {
  standin::setClock(kStep);
  for (const int period : {3, 50}) {
    BriefWait wait;
    for (int i = 1; i <= 300; ++i) wait.callTook(i % period == 0 ? kTooLong : kBrief);
    EXPECT_EQ(watches(wait) > 0, period == 50);
  }
}

TEST("brief wait: one that ends at once is not for free either") {
  standin::setClock(0);
  BriefWait wait;
  int count = 0;
  for (; wait.isAffordable() && count < 10'000; ++count) wait.watch(kAlready, sspi::microsecondsNow());
  EXPECT_EQ(count, static_cast<int>(BriefWait::kLargestBudget - BriefWait::kLongest + 1));
}

TEST("brief wait: never on a machine with one processor") {
  standin::setProcessors(1);
  BriefWait wait;
  for (int i = 0; i < 100; ++i) {
    EXPECT(!wait.isAffordable());
    wait.callTook(kBrief);
    wait.eventLoopTurned();
  }
}

}  // namespace

}  // namespace runtime
