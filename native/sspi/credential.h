#pragma once

#include <memory>
#include <optional>
#include <string>

#include "auth_identity.h"
#include "live_counts.h"
#include "platform.h"
#include "thread_token.h"
#include "token_buffer_pool.h"

namespace sspi {

// A CredHandle. Contexts share it: it is freed together with the last of them.
class Credential {
 public:
  explicit Credential(const CredHandle& handle) noexcept : handle_(handle) {}
  ~Credential() { FreeCredentialsHandle(&handle_); }
  Credential(const Credential&) = delete;
  Credential& operator=(const Credential&) = delete;

  CredHandle* get() noexcept { return &handle_; }
  TokenBufferPool& tokenBuffers() noexcept { return tokenBuffers_; }

 private:
  CredHandle handle_;
  TokenBufferPool tokenBuffers_;
  Counted<Live::credential> counted_;
};

struct CredentialRequest {
  std::optional<std::wstring> principal;
  std::wstring package;
  uint32_t use = 0;
  std::optional<AuthIdentity> identity;
  ThreadToken caller;
};

struct CredentialResult {
  Status status = SEC_E_OK;
  std::shared_ptr<Credential> credential;
  std::optional<double> expiry;
};

// AcquireCredentialsHandleW, with the identity of the thread that made the request.
CredentialResult acquireCredentialsHandle(CredentialRequest request);

}  // namespace sspi
