#pragma once

#include <algorithm>
#include <atomic>

#include "../threads/clock.h"

namespace sspi {

// Waking the event loop takes longer than a call that only computes. So while exactly one call is outstanding, the
// JavaScript thread may wait for its end, for kLongest at most and within a budget for each turn of the event loop. A
// call that takes longer than kLongest halves the budget, whether it was waited for or not; any other adds a little to
// it. If calls are slow, the budget is soon too small for even one wait. All times are in microseconds. JavaScript
// thread only.
class BriefWait {
 public:
  static constexpr int64_t kLongest = 250;
  static constexpr int64_t kLargestBudget = 2000;
  static constexpr int64_t kGivenBack = 25;

  BriefWait() noexcept {
    SYSTEM_INFO machine;
    GetSystemInfo(&machine);
    // With a single processor, waiting would keep the call from running.
    if (machine.dwNumberOfProcessors < 2) left_ = budget_ = most_ = 0;
  }

  bool isAffordable() const noexcept { return left_ >= kLongest; }

  // Returns when the call that started at `since` has ended or its time is up. Does not sleep, which takes longer than
  // most calls.
  void watch(const std::atomic<bool>& ended, int64_t since) noexcept {
    int64_t elapsed = 0;
    do {
      YieldProcessor();
      elapsed = microsecondsNow() - since;
    } while (elapsed < kLongest && !ended.load(std::memory_order_acquire));
    left_ -= elapsed + 1;  // rounded up, so that nothing is free
  }

  void callTook(int64_t microseconds) noexcept {
    budget_ = microseconds < kLongest ? std::min(budget_ + kGivenBack, most_) : budget_ / 2;
    left_ = std::min(left_, budget_);
  }

  void eventLoopTurned() noexcept { left_ = budget_; }

 private:
  int64_t most_ = kLargestBudget;
  int64_t budget_ = most_;
  int64_t left_ = most_;  // of the budget, in this turn
};

}  // namespace sspi
