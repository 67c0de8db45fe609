#include "packed_identity.h"

#include <cwchar>

namespace sspi {

namespace {

// A string that SSPI allocated.
class EncodedText {
 public:
  EncodedText() = default;
  EncodedText(const EncodedText&) = delete;
  EncodedText& operator=(const EncodedText&) = delete;
  ~EncodedText() {
    if (text_ == nullptr) return;
    SecureZeroMemory(const_cast<wchar_t*>(text_), std::wcslen(text_) * sizeof(wchar_t));
    SspiLocalFree(const_cast<wchar_t*>(text_));
  }

  const wchar_t** out() noexcept { return &text_; }

  AuthIdentity::Text copy() const {
    if (text_ == nullptr) return std::nullopt;
    SecureArray<wchar_t> copied(std::wcslen(text_) + 1);
    CopyMemory(copied.data(), text_, copied.size() * sizeof(wchar_t));
    return copied;
  }

 private:
  const wchar_t* text_ = nullptr;
};

}  // namespace

PackedIdentity encodeAuthIdentityAsStrings(AuthIdentity identity) {
  PackedIdentity packed;
  void* data = nullptr;
  packed.status = identity.forSspi(data);
  if (packed.status != SEC_E_OK) return packed;
  EncodedText user;
  EncodedText domain;
  EncodedText credentials;
  packed.status = SspiEncodeAuthIdentityAsStrings(data, user.out(), domain.out(), credentials.out());
  if (packed.status != SEC_E_OK) return packed;
  packed.user = user.copy();
  packed.domain = domain.copy();
  packed.credentials = credentials.copy();
  return packed;
}

}  // namespace sspi
