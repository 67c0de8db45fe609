#pragma once

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

// Watches `flag` without sleeping: putting a thread to sleep and waking it again takes longer. Returns when it is set
// or the time is up, with the microseconds that went by.
template <class Pause>
int64_t waitBriefly(const std::atomic<bool>& flag, int64_t microseconds, Pause pause) noexcept {
  constexpr int kChecksPerClockReading = 64;
  const int64_t start = microsecondsNow();
  int64_t elapsed = 0;
  do {
    for (int i = 0; i < kChecksPerClockReading && !flag.load(std::memory_order_acquire); ++i) pause();
    elapsed = microsecondsNow() - start;
  } while (elapsed < microseconds && !flag.load(std::memory_order_acquire));
  return elapsed;
}

inline int64_t waitBriefly(const std::atomic<bool>& flag, int64_t microseconds) noexcept {
  return waitBriefly(flag, microseconds, []() noexcept { YieldProcessor(); });
}

}  // namespace sspi
