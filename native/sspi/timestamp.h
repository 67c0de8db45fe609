#pragma once

#include <optional>

#include "platform.h"

namespace sspi {

// A TimeStamp is a FILETIME in *local* time, with several values that mean "never". Gives milliseconds since 1970 UTC,
// or nothing for "never" and for a time that SSPI did not set.
// https://learn.microsoft.com/en-us/windows/win32/api/sspi/nf-sspi-acquirecredentialshandlew (ptsExpiry)
std::optional<double> toUnixMilliseconds(const TimeStamp& local);

// The same of a FILETIME in UTC, as the security authority itself keeps times.
std::optional<double> utcToUnixMilliseconds(const LARGE_INTEGER& utc);

}  // namespace sspi
