#pragma once

#include <string>
#include <vector>

#include "../sspi/platform.h"

namespace sspi {

// What the authority knows of an account. With a status that failed, nothing else is set.
struct Account {
  Status status = SEC_E_OK;  // HRESULT_FROM_WIN32; of ERROR_NONE_MAPPED where nobody knows the account
  std::wstring sid;
  std::wstring name;
  std::wstring domain;
  uint32_t type = 0;  // SID_NAME_USE
};

// LookupAccountSidW and LookupAccountNameW, one after the other. Each may wait for a domain controller, and one that
// cannot be reached says nothing of the others. SIDs must be valid.
std::vector<Account> lookupAccountSids(const std::vector<std::vector<BYTE>>& sids);
std::vector<Account> lookupAccountNames(const std::vector<std::wstring>& names);

}  // namespace sspi
