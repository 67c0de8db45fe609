#include "impersonation.h"

#include <cstdlib>

namespace sspi {

namespace {

constexpr DWORD kOnlyIdentifies = ERROR_BAD_IMPERSONATION_LEVEL;

// Absent if the token does not tell; the last error then says why.
std::optional<uint32_t> levelOfThread() noexcept {
  SECURITY_IMPERSONATION_LEVEL level = SecurityAnonymous;
  DWORD size = sizeof(level);
  if (GetTokenInformation(GetCurrentThreadToken(), TokenImpersonationLevel, &level, size, &size)) {
    return static_cast<uint32_t>(level);
  }
  if (GetLastError() == ERROR_CANT_OPEN_ANONYMOUS) return static_cast<uint32_t>(SecurityAnonymous);
  return std::nullopt;
}

}  // namespace

Impersonation::Impersonation(CtxtHandle& context) noexcept
    : before_(ThreadToken::ofCallingThread()),
      context_(context),
      status_(before_.isKnown() ? ImpersonateSecurityContext(&context) : SEC_E_NO_IMPERSONATION) {
  if (status_ != SEC_E_OK) return;
  level_ = levelOfThread();
  if (!level_) {
    status_ = HRESULT_FROM_WIN32(GetLastError());
  } else if (*level_ < SecurityImpersonation) {
    status_ = HRESULT_FROM_WIN32(kOnlyIdentifies);
  }
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
