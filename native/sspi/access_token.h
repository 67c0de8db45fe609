#pragma once

#include "platform.h"
#include "value.h"

namespace sspi {

// What an access token says of its user, as the record RawAccessToken of lib/binding/binding.ts; absent where there is
// none. SIDs are in their string form, S-1-…: finding names for them may mean asking a domain controller, and is
// ../lsa/accounts.h's business. What this Windows or this token does not tell is absent from the record.
struct AccessTokenResult {
  Status status = SEC_E_OK;
  Value token;
};

// A context's or the process's token, read and closed again. A failure to read it is given as HRESULT_FROM_WIN32.
AccessTokenResult querySecurityContextToken(CtxtHandle& context);
AccessTokenResult queryProcessToken();

}  // namespace sspi
