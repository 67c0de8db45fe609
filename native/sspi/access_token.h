#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../lsa/logon_session.h"
#include "claims.h"
#include "platform.h"

namespace sspi {

struct TokenGroup {
  std::wstring sid;
  uint32_t attributes = 0;  // SE_GROUP_*
};

struct TokenPrivilege {
  std::wstring name;
  uint32_t attributes = 0;  // SE_PRIVILEGE_*
};

// What an access token says of its user. SIDs are in their string form, S-1-…: finding names for them may mean asking a
// domain controller, and is ../lsa/accounts.h's business.
struct AccessToken {
  std::wstring user;
  std::vector<TokenGroup> groups;
  std::vector<TokenPrivilege> privileges;
  bool isPrimary = false;
  uint32_t impersonationLevel = 0;  // SECURITY_IMPERSONATION_LEVEL; of a primary token: SecurityImpersonation
  uint64_t logonId = 0;             // the LUID of the logon session

  // Absent where this Windows or this token does not tell.
  std::optional<bool> isElevated;
  std::optional<uint32_t> elevationType;  // TOKEN_ELEVATION_TYPE
  std::optional<bool> isRestricted;
  std::optional<std::wstring> integrity;  // a SID, S-1-16-…
  std::optional<LogonSession> logonSession;
  std::optional<std::vector<Claim>> claims;
};

struct AccessTokenResult {
  Status status = SEC_E_OK;
  std::optional<AccessToken> token;
};

// A context's or the process's token, read and closed again. A failure to read it is given as HRESULT_FROM_WIN32.
AccessTokenResult querySecurityContextToken(CtxtHandle& context);
AccessTokenResult queryProcessToken();

}  // namespace sspi
