#include "token_information.h"

#include <sddl.h>

#include <memory>

namespace sspi {

namespace {

struct FreeLocal {
  void operator()(wchar_t* text) const noexcept { LocalFree(text); }
};

size_t sizeOf(HANDLE token, TOKEN_INFORMATION_CLASS what) {
  DWORD size = 0;
  if (!GetTokenInformation(token, what, nullptr, 0, &size) && GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
    throw Win32Error{GetLastError()};
  }
  return size;
}

}  // namespace

TokenInformation::TokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what) : size_(sizeOf(token, what)) {
  memory_.resize((size_ + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  auto size = static_cast<DWORD>(size_);
  check(GetTokenInformation(token, what, memory_.data(), size, &size));
  size_ = size;
}

std::wstring sidToText(PSID sid) {
  wchar_t* text = nullptr;
  check(ConvertSidToStringSidW(sid, &text));
  const std::unique_ptr<wchar_t, FreeLocal> owned(text);
  return text;
}

}  // namespace sspi
