#pragma once

#include <optional>

#include "secure_memory.h"

namespace sspi {

// An explicit identity in the two layouts that security packages read. All strings are wiped when it is destroyed.
class AuthIdentity {
 public:
  using Text = std::optional<SecureArray<wchar_t>>;  // with its terminating NUL

  AuthIdentity(Text user, Text domain, Text password, Text packageList)
      : user_(std::move(user)),
        domain_(std::move(domain)),
        password_(std::move(password)),
        packageList_(std::move(packageList)) {}

  // SEC_WINNT_AUTH_IDENTITY_EXW if there is a package list, otherwise SEC_WINNT_AUTH_IDENTITY_W: packages outside
  // Windows read only the latter. Valid until the next call or the end of this object.
  void* forSspi() noexcept;

 private:
  Text user_;
  Text domain_;
  Text password_;
  Text packageList_;
  SEC_WINNT_AUTH_IDENTITY_W plain_{};
  SEC_WINNT_AUTH_IDENTITY_EXW extended_{};
};

}  // namespace sspi
