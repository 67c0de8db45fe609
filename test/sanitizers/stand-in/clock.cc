#include <atomic>
#include <ctime>

#include "controls.h"

namespace standin {

namespace {

constexpr int64_t kMachine = -1;

std::atomic<int64_t> step{kMachine};
std::atomic<int64_t> stepped{0};
std::atomic<int64_t> minutesAhead{0};
std::atomic<bool> conversionRefused{false};

constexpr int64_t kFrequency = 10'000'000;  // as on most machines
constexpr int64_t kTicksPerMicrosecond = kFrequency / 1'000'000;

}  // namespace

void setClock(std::optional<unsigned> newStep) { step = newStep ? int64_t{*newStep} : kMachine; }
void setLocalTime(std::chrono::minutes ahead) { minutesAhead = ahead.count(); }
void refuseTimeConversion(bool refused) { conversionRefused = refused; }

}  // namespace standin

BOOL QueryPerformanceFrequency(LARGE_INTEGER* frequency) {
  frequency->QuadPart = standin::kFrequency;
  return TRUE;
}

BOOL QueryPerformanceCounter(LARGE_INTEGER* count) {
  if (standin::step != standin::kMachine) {
    count->QuadPart = standin::stepped += standin::step * standin::kTicksPerMicrosecond;
    return TRUE;
  }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr int64_t kNanosecondsPerTick = 1'000'000'000 / standin::kFrequency;
  count->QuadPart = int64_t{now.tv_sec} * standin::kFrequency + now.tv_nsec / kNanosecondsPerTick;
  return TRUE;
}

BOOL LocalFileTimeToFileTime(const FILETIME* local, FILETIME* utc) {
  constexpr int64_t kTicksPerMinute = 60LL * 10'000'000;
  if (standin::conversionRefused) return FALSE;
  const auto ticks = static_cast<int64_t>((uint64_t{local->dwHighDateTime} << 32) | local->dwLowDateTime);
  const auto shifted = static_cast<uint64_t>(ticks - standin::minutesAhead * kTicksPerMinute);
  if (static_cast<int64_t>(shifted) < 0) return FALSE;
  utc->dwLowDateTime = static_cast<DWORD>(shifted & 0xFFFFFFFFU);
  utc->dwHighDateTime = static_cast<DWORD>(shifted >> 32);
  return TRUE;
}
