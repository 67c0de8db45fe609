#include "impersonation.h"

#include <cstdlib>

namespace sspi {

namespace {

constexpr DWORD kOnlyIdentifies = ERROR_BAD_IMPERSONATION_LEVEL;

Status mayAct() noexcept {
  SECURITY_IMPERSONATION_LEVEL level = SecurityAnonymous;
  DWORD size = sizeof(level);
  if (!GetTokenInformation(GetCurrentThreadToken(), TokenImpersonationLevel, &level, size, &size)) {
    return HRESULT_FROM_WIN32(GetLastError());
  }
  return level < SecurityImpersonation ? HRESULT_FROM_WIN32(kOnlyIdentifies) : SEC_E_OK;
}

}  // namespace

Impersonation::Impersonation(CtxtHandle& context) noexcept
    : before_(ThreadToken::ofCallingThread()),
      context_(context),
      status_(before_.isKnown() ? ImpersonateSecurityContext(&context) : SEC_E_NO_IMPERSONATION) {
  if (status_ != SEC_E_OK) return;
  status_ = mayAct();
  if (status_ != SEC_E_OK) revert();
}

Impersonation::~Impersonation() {
  if (status_ == SEC_E_OK) revert();
}

void Impersonation::revert() noexcept {
  // Reverting leaves the thread with no token at all.
  if (RevertSecurityContext(&context_) != SEC_E_OK || !before_.restore()) std::abort();
}

}  // namespace sspi
