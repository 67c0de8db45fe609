#include "handle_calls.h"

namespace sspi {

std::vector<Attribute> queryContextAttributes(Context& context, const std::vector<uint32_t>& attributes) {
  CtxtHandle* handle = context.get();
  if (handle != nullptr) return queryContextAttributes(*handle, attributes);
  std::vector<Attribute> refused;
  refused.reserve(attributes.size());
  for (size_t i = 0; i < attributes.size(); ++i) refused.push_back({SEC_E_INVALID_HANDLE, {}});
  return refused;
}

Attribute queryCredentialsAttribute(const std::shared_ptr<Credential>& credential, uint32_t attribute) {
  if (!credential) return {SEC_E_INVALID_HANDLE, {}};
  return queryCredentialsAttribute(*credential->get(), attribute);
}

AccessTokenResult querySecurityContextToken(Context& context) {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? AccessTokenResult{SEC_E_INVALID_HANDLE, {}} : querySecurityContextToken(*handle);
}

Membership checkContextMembership(Context& context, std::vector<BYTE> sid) {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? Membership{SEC_E_INVALID_HANDLE, false} : checkContextMembership(*handle, std::move(sid));
}

DelegationResult acquireAsClient(Context& context, uint32_t leastLevel, CredentialRequest request) {
  CtxtHandle* handle = context.get();
  if (handle == nullptr) return {{SEC_E_INVALID_HANDLE, nullptr, std::nullopt}, std::nullopt};
  return acquireAsClient(*handle, leastLevel, std::move(request));
}

Status encryptMessage(Context& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? SEC_E_INVALID_HANDLE : encryptMessage(*handle, message, qop, sequence);
}

Status decryptMessage(Context& context, const Message& message, uint32_t sequence) noexcept {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? SEC_E_INVALID_HANDLE : decryptMessage(*handle, message, sequence, context.isStream());
}

Status makeSignature(Context& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? SEC_E_INVALID_HANDLE : makeSignature(*handle, message, qop, sequence);
}

Status verifySignature(Context& context, const Message& message, uint32_t sequence) noexcept {
  CtxtHandle* handle = context.get();
  return handle == nullptr ? SEC_E_INVALID_HANDLE : verifySignature(*handle, message, sequence);
}

}  // namespace sspi
