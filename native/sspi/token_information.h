#pragma once

#include <string>
#include <vector>

#include "platform.h"
#include "win32_error.h"

namespace sspi {

// What GetTokenInformation wrote, in memory that is aligned for every structure it writes.
class TokenInformation {
 public:
  // Throws Win32Error.
  TokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what);
  // Its pointers point into its own memory, which does not move when the object is moved.
  TokenInformation(TokenInformation&&) = default;
  TokenInformation& operator=(TokenInformation&&) = delete;
  TokenInformation(const TokenInformation&) = delete;
  TokenInformation& operator=(const TokenInformation&) = delete;
  ~TokenInformation() = default;

  template <class T>
  const T& as() const noexcept {
    // Windows wrote a T into memory of its alignment: NOLINTNEXTLINE(bugprone-casting-through-void)
    return *static_cast<const T*>(static_cast<const void*>(memory_.data()));
  }
  const BYTE* begin() const noexcept { return reinterpret_cast<const BYTE*>(memory_.data()); }
  size_t size() const noexcept { return size_; }

 private:
  std::vector<uint64_t> memory_;
  size_t size_;
};

// For structures of one size.
template <class T>
T queryToken(HANDLE token, TOKEN_INFORMATION_CLASS what) {
  T value{};
  DWORD size = sizeof(value);
  check(GetTokenInformation(token, what, &value, size, &size));
  return value;
}

// S-1-…; throws Win32Error.
std::wstring sidToText(PSID sid);

}  // namespace sspi
