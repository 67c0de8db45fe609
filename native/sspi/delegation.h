#pragma once

#include "credential.h"

namespace sspi {

struct DelegationResult {
  CredentialResult credential;
  // SECURITY_IMPERSONATION_LEVEL that the client granted; absent if it could not be impersonated at all.
  std::optional<uint32_t> level;
};

// AcquireCredentialsHandleW on this thread as the context's client. Without a credential and a failing status the
// client granted less than `leastLevel`, or not even impersonation, and the call was not made.
DelegationResult acquireAsClient(CtxtHandle& context, uint32_t leastLevel, CredentialRequest request);

}  // namespace sspi
