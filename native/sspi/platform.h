#pragma once

// The one place that includes the Windows headers. Wide-character APIs only: no call here has an A form.

#ifndef UNICODE
#define UNICODE
#endif
#define WIN32_LEAN_AND_MEAN
#ifndef NOMINMAX
#define NOMINMAX
#endif
#define SECURITY_WIN32

#include <windows.h>
// windows.h must come before the headers that build on it.
#include <sspi.h>

#include <cstdint>

namespace sspi {

using Status = SECURITY_STATUS;

// Severity is the sign bit of an HRESULT: SEC_E_* are negative, SEC_E_OK and SEC_I_* are not.
constexpr bool failed(Status status) { return status < 0; }

// SSPI leaves {-1, -1} if it returns no handle, and some packages leave {0, 0}.
inline bool isHandle(SecHandle handle) noexcept {
  return SecIsValidHandle(&handle) && (handle.dwLower != 0 || handle.dwUpper != 0);
}

}  // namespace sspi
