#include "credential.h"

#include "timestamp.h"

namespace sspi {

CredentialResult acquireCredentialsHandle(CredentialRequest request) {
  const ThreadToken::Assumed caller(request.caller);
  if (!caller.succeeded()) return {SEC_E_NO_IMPERSONATION, nullptr, std::nullopt};

  void* identity = nullptr;
  if (request.identity) {
    const Status encoded = request.identity->forSspi(identity);
    if (encoded != SEC_E_OK) return {encoded, nullptr, std::nullopt};
  }
  CredHandle handle;
  SecInvalidateHandle(&handle);
  TimeStamp expiry{};
  const Status status =
      AcquireCredentialsHandleW(request.principal ? request.principal->data() : nullptr, request.package.data(),
                                request.use, nullptr, identity, nullptr, nullptr, &handle, &expiry);
  request.identity.reset();
  const bool acquired = !failed(status) && isHandle(handle);
  if (status != SEC_E_OK) {
    if (acquired) FreeCredentialsHandle(&handle);
    return {status, nullptr, std::nullopt};
  }
  if (!acquired) return {SEC_E_INTERNAL_ERROR, nullptr, std::nullopt};
  try {
    return {status, std::make_shared<Credential>(handle), toUnixMilliseconds(expiry)};
  } catch (...) {
    FreeCredentialsHandle(&handle);
    throw;
  }
}

}  // namespace sspi
