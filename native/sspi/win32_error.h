#pragma once

#include "platform.h"

namespace sspi {

// A failing Windows call, to be converted to a status.
struct Win32Error {
  DWORD code;
};

inline void check(BOOL succeeded) {
  if (!succeeded) throw Win32Error{GetLastError()};
}

inline Status statusOf(const Win32Error& error) { return HRESULT_FROM_WIN32(error.code); }

}  // namespace sspi
