#pragma once

#include <algorithm>
#include <atomic>

#include "../sspi/platform.h"

namespace sspi {

inline int64_t microsecondsNow() noexcept {
  LARGE_INTEGER frequency;
  LARGE_INTEGER now;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&now);
  return now.QuadPart / frequency.QuadPart * 1'000'000 +
         now.QuadPart % frequency.QuadPart * 1'000'000 / frequency.QuadPart;
}

// Waking the event loop takes longer than a call that only computes. So while exactly one call is outstanding, the
// JavaScript thread may watch for its end, for kLongest at most and out of a budget for each turn of the event loop. A
// call that takes longer than kLongest, watched or not, halves the budget; any other gives a little of it back. Where
// calls wait, the budget soon is too small for even one watch. All times are in microseconds. JavaScript thread only.
class BriefWait {
 public:
  static constexpr int64_t kLongest = 250;
  static constexpr int64_t kLargestBudget = 2000;
  static constexpr int64_t kGivenBack = 25;

  BriefWait() noexcept {
    SYSTEM_INFO machine;
    GetSystemInfo(&machine);
    // On the only processor, watching would keep the call from running.
    if (machine.dwNumberOfProcessors < 2) left_ = budget_ = most_ = 0;
  }

  bool isAffordable() const noexcept { return left_ >= kLongest; }

  // Returns when the call that began at `since` has ended or its time is up. Does not sleep, which takes longer than
  // most calls.
  void watch(const std::atomic<bool>& ended, int64_t since) noexcept {
    int64_t elapsed = 0;
    do {
      YieldProcessor();
      elapsed = microsecondsNow() - since;
    } while (elapsed < kLongest && !ended.load(std::memory_order_acquire));
    left_ -= elapsed + 1;  // rounded up: nothing is for free
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
