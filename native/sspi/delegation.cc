#include "delegation.h"

#include "impersonation.h"

namespace sspi {

DelegationResult acquireAsClient(CtxtHandle& context, uint32_t leastLevel, CredentialRequest request) {
  const Impersonation impersonation(context);
  const std::optional<uint32_t> level = impersonation.level();
  if (!level) return {{impersonation.status(), nullptr, std::nullopt}, std::nullopt};
  if (impersonation.status() != SEC_E_OK || *level < leastLevel) return {{}, level};
  // The thread already acts as the client.
  request.caller = ThreadToken();
  return {acquireCredentialsHandle(std::move(request)), level};
}

}  // namespace sspi
