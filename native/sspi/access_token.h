#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform.h"

namespace sspi {

struct TokenGroup {
  std::wstring sid;
  uint32_t attributes = 0;  // SE_GROUP_*
};

// What an access token says of its user. SIDs are in their string form, S-1-…: finding names for them may mean asking a
// domain controller, and is nobody's business here.
struct AccessToken {
  std::wstring user;
  std::vector<TokenGroup> groups;
  bool isPrimary = false;
  uint32_t impersonationLevel = 0;  // SECURITY_IMPERSONATION_LEVEL; of a primary token: SecurityImpersonation
};

struct AccessTokenResult {
  Status status = SEC_E_OK;
  std::optional<AccessToken> token;
};

// QuerySecurityContextToken, read and closed again. A failure to read it is given as HRESULT_FROM_WIN32.
AccessTokenResult querySecurityContextToken(CtxtHandle& context);

}  // namespace sspi
