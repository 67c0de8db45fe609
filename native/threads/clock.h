#pragma once

#include <cstdint>

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

}  // namespace sspi
