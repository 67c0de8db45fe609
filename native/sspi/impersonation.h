#pragma once

#include <optional>

#include "platform.h"
#include "thread_token.h"

namespace sspi {

// During its lifetime, the current thread acts as the context's client. It always restores the previous identity of the
// thread, which may be the client of another context. If that fails, the process is terminated, because nothing may
// continue as somebody else without knowing it. It does not start if the previous identity is not known, or if the
// client's token only identifies the client: nothing can be opened with such a token, which would fail later and
// elsewhere.
class Impersonation {
 public:
  explicit Impersonation(CtxtHandle& context) noexcept;
  ~Impersonation();
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;

  // HRESULT_FROM_WIN32(ERROR_BAD_IMPERSONATION_LEVEL) for a token that only identifies.
  Status status() const noexcept { return status_; }

  // SECURITY_IMPERSONATION_LEVEL that the client granted; absent if the client cannot be impersonated at all.
  std::optional<uint32_t> level() const noexcept { return level_; }

 private:
  void revert() noexcept;

  ThreadToken before_;
  CtxtHandle& context_;
  Status status_;
  std::optional<uint32_t> level_;
};

}  // namespace sspi
