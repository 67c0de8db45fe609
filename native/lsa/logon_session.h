#pragma once

#include <optional>
#include <string>

#include "../sspi/platform.h"

namespace sspi {

// SECURITY_LOGON_SESSION_DATA, in memory of our own. A text that the authority does not have is empty.
struct LogonSession {
  std::wstring user;
  std::wstring domain;
  std::wstring package;
  std::wstring server;
  std::wstring dnsDomain;
  std::wstring principalName;
  uint32_t type = 0;  // SECURITY_LOGON_TYPE
  uint32_t terminalSession = 0;
  std::optional<double> time;  // milliseconds since 1970 UTC
};

// LsaGetLogonSessionData; absent where the authority does not tell us, as of the sessions of others it does only to
// administrators.
std::optional<LogonSession> queryLogonSession(LUID id);

}  // namespace sspi
