#pragma once

#include <memory>

#include "../sspi/credential.h"
#include "runtime.h"

namespace sspi {

// The native object of a CredentialHandle in JavaScript: this owner's reference to a credential. JavaScript thread
// only.
class CredentialBox {
 public:
  // random, as napi_type_tag_object requires
  static constexpr napi_type_tag kTypeTag{0x5c1b0f6a2f8d4e57, 0x9d3a7be4c1f0826b};

  CredentialBox(std::shared_ptr<Runtime> runtime, std::shared_ptr<Credential> credential) noexcept
      : runtime_(std::move(runtime)), credential_(std::move(credential)) {}
  ~CredentialBox() { runtime_->releaseOnPool(std::move(credential_)); }
  CredentialBox(const CredentialBox&) = delete;
  CredentialBox& operator=(const CredentialBox&) = delete;

  const std::shared_ptr<Runtime>& runtime() const noexcept { return runtime_; }

  // Empty once released.
  const std::shared_ptr<Credential>& credential() const noexcept { return credential_; }
  std::shared_ptr<Credential> giveUp() noexcept { return std::move(credential_); }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Credential> credential_;
};

}  // namespace sspi
