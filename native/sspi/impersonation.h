#pragma once

#include <optional>

#include "platform.h"
#include "thread_token.h"

namespace sspi {

// While it lives, the current thread acts as the context's client. Always goes back to whom the thread was before,
// which may be the client of another context; where that fails the process ends, because nothing may go on as somebody
// else without knowing it. Where the way back is not known it does not begin, nor where the client's token only tells
// who the client is: nothing can be opened with such a token, which fails later and elsewhere.
class Impersonation {
 public:
  explicit Impersonation(CtxtHandle& context) noexcept;
  ~Impersonation();
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;

  // HRESULT_FROM_WIN32(ERROR_BAD_IMPERSONATION_LEVEL) for a token that only identifies.
  Status status() const noexcept { return status_; }

  // SECURITY_IMPERSONATION_LEVEL that the client granted; absent where the client cannot be impersonated at all.
  std::optional<uint32_t> level() const noexcept { return level_; }

 private:
  void revert() noexcept;

  ThreadToken before_;
  CtxtHandle& context_;
  Status status_;
  std::optional<uint32_t> level_;
};

}  // namespace sspi
