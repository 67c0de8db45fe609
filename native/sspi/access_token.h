#pragma once

#include "platform.h"
#include "value.h"

namespace sspi {

// What an access token contains about its user, as the record RawAccessToken of lib/binding/binding.ts; absent if there
// is none. SIDs are in their string form, S-1-…: finding names for them may need a domain controller, and is done in
// ../lsa/accounts.h. What this Windows or this token does not tell is absent from the record.
struct AccessTokenResult {
  Status status = SEC_E_OK;
  Value token;
};

// The token of a context or of the process, read and closed again. A failure to read it is returned as
// HRESULT_FROM_WIN32.
AccessTokenResult querySecurityContextToken(CtxtHandle& context);
AccessTokenResult queryProcessToken();

}  // namespace sspi
