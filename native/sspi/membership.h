#pragma once

#include <vector>

#include "platform.h"

namespace sspi {

struct Membership {
  Status status = SEC_E_OK;
  bool isMember = false;
};

// CheckTokenMembership: whether the SID, which must be valid, counts when access is granted to the context's client or
// to the process. A failure is returned as HRESULT_FROM_WIN32.
Membership checkContextMembership(CtxtHandle& context, std::vector<BYTE> sid);
Membership checkProcessMembership(std::vector<BYTE> sid);

}  // namespace sspi
