#pragma once

#include <memory>
#include <optional>

#include "secure_memory.h"

namespace sspi {

// An explicit identity in the two layouts that security packages read. All strings are wiped when it is destroyed.
class AuthIdentity {
 public:
  using Text = std::optional<SecureArray<wchar_t>>;  // with its terminating NUL

  // With `isPacked` the password holds packed credentials, as SspiEncodeAuthIdentityAsStrings makes them.
  AuthIdentity(Text user, Text domain, Text password, Text packageList, bool isPacked = false)
      : isPacked_(isPacked),
        user_(std::move(user)),
        domain_(std::move(domain)),
        password_(std::move(password)),
        packageList_(std::move(packageList)) {}

  // SEC_WINNT_AUTH_IDENTITY_EXW when there is a package list, else SEC_WINNT_AUTH_IDENTITY_W: packages outside Windows
  // read only the latter. Of packed credentials SSPI makes a structure of its own, or refuses them. `data` is valid
  // until the next call and no longer than this object.
  Status forSspi(void*& data) noexcept;

 private:
  // Zeroes it, too.
  struct FreeEncoded {
    void operator()(void* identity) const noexcept { SspiFreeAuthIdentity(identity); }
  };

  Status encode(void*& data) noexcept;

  bool isPacked_;
  Text user_;
  Text domain_;
  Text password_;
  Text packageList_;
  SEC_WINNT_AUTH_IDENTITY_W plain_{};
  SEC_WINNT_AUTH_IDENTITY_EXW extended_{};
  std::unique_ptr<void, FreeEncoded> encoded_;
};

}  // namespace sspi
