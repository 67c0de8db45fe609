#pragma once

#include <memory>
#include <vector>

#include "access_token.h"
#include "context.h"
#include "delegation.h"
#include "impersonation.h"
#include "membership.h"
#include "message.h"

namespace sspi {

// Calls on a context, also before its first leg and after its end, and on a released credential: without a handle they
// return SEC_E_INVALID_HANDLE, as SSPI itself does for an unknown one.

std::vector<Attribute> queryContextAttributes(Context& context, const std::vector<uint32_t>& attributes);
Attribute queryCredentialsAttribute(const std::shared_ptr<Credential>& credential, uint32_t attribute);

AccessTokenResult querySecurityContextToken(Context& context);
Membership checkContextMembership(Context& context, std::vector<BYTE> sid);
DelegationResult acquireAsClient(Context& context, uint32_t leastLevel, CredentialRequest request);

Status encryptMessage(Context& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept;
Status decryptMessage(Context& context, const Message& message, uint32_t sequence) noexcept;
Status makeSignature(Context& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept;
Status verifySignature(Context& context, const Message& message, uint32_t sequence) noexcept;

// Runs `work` on this thread as the context's client; not at all if the status that it returns is a failure.
template <class Work>
Status impersonate(Context& context, Work work) {
  CtxtHandle* handle = context.get();
  if (handle == nullptr) return SEC_E_INVALID_HANDLE;
  const Impersonation impersonation(*handle);
  if (impersonation.status() == SEC_E_OK) work();
  return impersonation.status();
}

}  // namespace sspi
