#pragma once

#include "auth_identity.h"

namespace sspi {

// The three strings that SSPI makes of an identity, each with its terminating NUL. They are wiped when they are
// destroyed.
struct PackedIdentity {
  Status status = SEC_E_OK;
  AuthIdentity::Text user;
  AuthIdentity::Text domain;
  AuthIdentity::Text credentials;
};

// SspiEncodeAuthIdentityAsStrings.
PackedIdentity encodeAuthIdentityAsStrings(AuthIdentity identity);

}  // namespace sspi
