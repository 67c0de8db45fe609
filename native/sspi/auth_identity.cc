#include "auth_identity.h"

namespace sspi {

namespace {

ULONG length(const AuthIdentity::Text& text) noexcept { return text ? static_cast<ULONG>(text->size() - 1) : 0; }

// To packages a null pointer means a text that was not passed: an empty password differs from none.
unsigned short* characters(AuthIdentity::Text& text) noexcept {
  return text ? reinterpret_cast<unsigned short*>(text->data()) : nullptr;
}

}  // namespace

Status AuthIdentity::encode(void*& data) noexcept {
  const auto characters = [](Text& text) { return text ? text->data() : nullptr; };
  PSEC_WINNT_AUTH_IDENTITY_OPAQUE encoded = nullptr;
  const Status status =
      SspiEncodeStringsAsAuthIdentity(characters(user_), characters(domain_), characters(password_), &encoded);
  if (status != SEC_E_OK) return status;
  encoded_.reset(encoded);
  data = encoded;
  return SEC_E_OK;
}

Status AuthIdentity::forSspi(void*& data) noexcept {
  if (isPacked_) return encode(data);
  if (!packageList_) {
    plain_.User = characters(user_);
    plain_.UserLength = length(user_);
    plain_.Domain = characters(domain_);
    plain_.DomainLength = length(domain_);
    plain_.Password = characters(password_);
    plain_.PasswordLength = length(password_);
    plain_.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    data = &plain_;
    return SEC_E_OK;
  }
  extended_.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
  extended_.Length = sizeof(extended_);
  extended_.User = characters(user_);
  extended_.UserLength = length(user_);
  extended_.Domain = characters(domain_);
  extended_.DomainLength = length(domain_);
  extended_.Password = characters(password_);
  extended_.PasswordLength = length(password_);
  extended_.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
  extended_.PackageList = characters(packageList_);
  extended_.PackageListLength = length(packageList_);
  data = &extended_;
  return SEC_E_OK;
}

}  // namespace sspi
