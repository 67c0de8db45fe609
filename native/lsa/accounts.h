#pragma once

#include <string>
#include <vector>

#include "../sspi/value.h"

namespace sspi {

// LookupAccountSidW and LookupAccountNameW, one after the other: a list of records with status (HRESULT_FROM_WIN32; of
// ERROR_NONE_MAPPED if nobody knows the account), sid, name, domain and type (SID_NAME_USE). Each may wait for a domain
// controller, and one that cannot be reached does not affect the others. SIDs must be valid.
List lookupAccountSids(const std::vector<std::vector<BYTE>>& sids);
List lookupAccountNames(const std::vector<std::wstring>& names);

}  // namespace sspi
