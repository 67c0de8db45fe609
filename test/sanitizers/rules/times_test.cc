// FILETIMEs in local time, and the values that mean "never".

#include "../../../native/sspi/timestamp.h"

#include <limits>

#include "support.h"

namespace rules {

namespace {

constexpr int64_t kEpoch = 116'444'736'000'000'000;  // 1970 in FILETIME's ticks
constexpr int64_t kTicksPerMillisecond = 10'000;

std::optional<double> convert(int64_t ticks) {
  TimeStamp local{};
  local.QuadPart = ticks;
  return sspi::toUnixMilliseconds(local);
}

TEST("times: the values for never, and what was not set, are no time") {
  EXPECT(!convert(0x7FFF'FFFF'FFFF'FFFF).has_value());
  EXPECT(!convert(0x7FFF'FF36'D596'9FFF).has_value());
  EXPECT(!convert(0).has_value());
  EXPECT(!convert(-1).has_value());
  EXPECT(!convert(std::numeric_limits<int64_t>::min()).has_value());
}

TEST("times: local time becomes UTC by today's difference") {
  EXPECT(convert(kEpoch + kTicksPerMillisecond) == 1.0);
  standin::setLocalTime(std::chrono::minutes(120));
  EXPECT(convert(kEpoch) == -7'200'000.0);
  standin::setLocalTime(std::chrono::minutes(-570));
  EXPECT(convert(kEpoch) == 34'200'000.0);
  // 2038-01-19T03:14:08Z, where 32 bits of seconds end
  standin::setLocalTime(std::chrono::minutes(0));
  EXPECT(convert(kEpoch + 2'147'483'648LL * 1000 * kTicksPerMillisecond) == 2'147'483'648'000.0);
}

TEST("times: never is recognised in every time zone") {
  for (int64_t minutes = -14 * 60; minutes <= 14 * 60; minutes += 15) {
    constexpr int64_t kTicksPerMinute = 60'000 * kTicksPerMillisecond;
    standin::setLocalTime(std::chrono::minutes(minutes));
    EXPECT(!convert(0x7FFF'FF36'D596'9FFF + minutes * kTicksPerMinute).has_value());
  }
}

TEST("times: the last tick before the year 10000 is a time, the next is not") {
  constexpr int64_t kYear10000 = 2'650'467'744'000'000'000;
  EXPECT(convert(kYear10000 - 1) == 253'402'300'799'999.0);
  EXPECT(!convert(kYear10000).has_value());
}

TEST("times: a time that Windows cannot convert is no time") {
  standin::refuseTimeConversion(true);
  EXPECT(!convert(kEpoch).has_value());
}

}  // namespace

}  // namespace rules
