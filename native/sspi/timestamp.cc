#include "timestamp.h"

namespace sspi {

namespace {

constexpr int64_t kTicksPerMillisecond = 10'000;
constexpr int64_t kUnixEpochInTicks = 116'444'736'000'000'000;
// "Never" is written as 0x7FFFFFFFFFFFFFFF, as 0x7FFFFF36D5969FFF (the same less a time zone), and close to them. These
// are after the year 9999, and no real expiry is.
constexpr int64_t kYear10000InTicks = 2'650'467'744'000'000'000;

bool isTime(int64_t ticks) { return ticks > 0 && ticks < kYear10000InTicks; }

}  // namespace

std::optional<double> toUnixMilliseconds(const TimeStamp& local) {
  const int64_t ticks = local.QuadPart;
  if (!isTime(ticks)) return std::nullopt;

  FILETIME localTime;
  localTime.dwLowDateTime = static_cast<DWORD>(ticks & 0xFFFFFFFF);
  localTime.dwHighDateTime = static_cast<DWORD>(ticks >> 32);
  FILETIME utc;
  // The security authority adds today's bias, so taking off today's bias is exact, on either side of a clock change.
  if (!LocalFileTimeToFileTime(&localTime, &utc)) return std::nullopt;
  LARGE_INTEGER utcTicks;
  utcTicks.QuadPart = (static_cast<int64_t>(utc.dwHighDateTime) << 32) | utc.dwLowDateTime;
  return utcToUnixMilliseconds(utcTicks);
}

std::optional<double> utcToUnixMilliseconds(const LARGE_INTEGER& utc) {
  if (!isTime(utc.QuadPart)) return std::nullopt;
  const int64_t milliseconds = (utc.QuadPart - kUnixEpochInTicks) / kTicksPerMillisecond;
  return static_cast<double>(milliseconds);
}

}  // namespace sspi
