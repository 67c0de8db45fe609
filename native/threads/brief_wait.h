#pragma once

#include <atomic>

#include "../sspi/platform.h"

namespace sspi {

// Watches `flag` without sleeping: putting a thread to sleep and waking it again takes longer. Returns when it is set
// or the time is up, with the microseconds that went by.
inline int64_t waitBriefly(const std::atomic<bool>& flag, int64_t microseconds) noexcept {
  constexpr int kChecksPerClockReading = 16;
  LARGE_INTEGER frequency;
  LARGE_INTEGER start;
  LARGE_INTEGER now;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&start);
  int64_t elapsed = 0;
  do {
    for (int i = 0; i < kChecksPerClockReading && !flag.load(std::memory_order_acquire); ++i) YieldProcessor();
    QueryPerformanceCounter(&now);
    elapsed = (now.QuadPart - start.QuadPart) * 1'000'000 / frequency.QuadPart;
  } while (elapsed < microseconds && !flag.load(std::memory_order_acquire));
  return elapsed;
}

}  // namespace sspi
