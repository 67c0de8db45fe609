#pragma once

#include "platform.h"
#include "thread_token.h"

namespace sspi {

// While it lives, the current thread acts as the context's client. Always goes back to whom the thread was before,
// which may be the client of another context; where that fails the process ends, because nothing may go on as somebody
// else without knowing it. Where the way back is not known it does not begin.
class Impersonation {
 public:
  explicit Impersonation(CtxtHandle& context) noexcept
      : before_(ThreadToken::ofCallingThread()),
        context_(context),
        status_(before_.isKnown() ? ImpersonateSecurityContext(&context) : SEC_E_NO_IMPERSONATION) {}
  ~Impersonation();
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;

  Status status() const noexcept { return status_; }

 private:
  ThreadToken before_;
  CtxtHandle& context_;
  Status status_;
};

}  // namespace sspi
