#pragma once

#include <algorithm>

#include "../threads/brief_wait.h"

namespace sspi {

// Waking the event loop costs more than most calls take. So the JavaScript thread may watch for the end of a call for
// some microseconds before it goes on. Two bounds keep the event loop free: each wait in vain doubles the stretch of
// calls that go without one, which only a row of others shortens again, and all waits since the event loop last turned
// for us may not add up to more than two milliseconds.
class BriefWaits {
 public:
  bool worthTrying() noexcept {
    if (spent_ >= kBudgetMicroseconds) return false;
    if (skip_ == 0) return true;
    --skip_;
    return false;
  }

  // For a call that is alone: another processor works on it.
  void wait(const std::atomic<bool>& finished) noexcept {
    account(waitBriefly(finished, kLongestMicroseconds), kLongestMicroseconds);
  }

  // For one of many: their threads may need this processor, too.
  void waitGivingWay(const std::atomic<bool>& finished) noexcept {
    account(waitBriefly(finished, kLongestOfManyMicroseconds, []() noexcept { SwitchToThread(); }),
            kLongestOfManyMicroseconds);
  }

  void eventLoopTurned() noexcept { spent_ = 0; }

 private:
  static constexpr int64_t kLongestMicroseconds = 250;
  static constexpr int64_t kLongestOfManyMicroseconds = 400;
  static constexpr int64_t kBudgetMicroseconds = 2000;
  static constexpr uint32_t kLongestStretch = 1023;

  void account(int64_t waited, int64_t longest) noexcept {
    spent_ += waited;
    stretch_ = waited < longest ? stretch_ - (stretch_ + 7) / 8 : std::min(stretch_ * 2 + 1, kLongestStretch);
    skip_ = stretch_;
  }

  int64_t spent_ = 0;
  uint32_t stretch_ = 0;
  uint32_t skip_ = 0;
};

}  // namespace sspi
