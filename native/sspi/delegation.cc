#include "delegation.h"

#include "impersonation.h"
#include "token.h"
#include "token_information.h"

namespace sspi {

namespace {

uint32_t levelOfThisThread() {
  HANDLE handle = nullptr;
  // Only an anonymous token cannot be opened.
  if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &handle)) return SecurityAnonymous;
  const Token token(handle);
  return static_cast<uint32_t>(queryToken<SECURITY_IMPERSONATION_LEVEL>(handle, TokenImpersonationLevel));
}

}  // namespace

DelegationResult acquireAsClient(CtxtHandle& context, uint32_t leastLevel, CredentialRequest request) {
  const Impersonation impersonation(context);
  if (impersonation.status() != SEC_E_OK) return {{impersonation.status(), nullptr, std::nullopt}, std::nullopt};
  try {
    const uint32_t level = levelOfThisThread();
    if (level < leastLevel) return {{}, level};
    // The thread is the client already.
    request.caller = ThreadToken();
    return {acquireCredentialsHandle(std::move(request)), level};
  } catch (const Win32Error& error) {
    return {{statusOf(error), nullptr, std::nullopt}, std::nullopt};
  }
}

}  // namespace sspi
