#pragma once

#include "platform.h"

namespace sspi {

// While it lives, the current thread acts as the context's client. Always reverts; where that fails the process ends,
// because nothing may go on as somebody else without knowing it.
class Impersonation {
 public:
  explicit Impersonation(CtxtHandle& context) noexcept
      : context_(context), status_(ImpersonateSecurityContext(&context)) {}
  ~Impersonation();
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;

  Status status() const noexcept { return status_; }

 private:
  CtxtHandle& context_;
  Status status_;
};

}  // namespace sspi
