#include "accounts.h"

#include <utility>

#include "../sspi/token_information.h"

namespace sspi {

namespace {

constexpr RecordKind kAccount{"status,sid,name,domain,type"};

// Enough for most names of either kind; the authority says if it is not.
constexpr DWORD kUsualLength = 256;

// A buffer that grows to the size that a call requires.
template <class T>
class GrowingBuffer {
 public:
  T* data() noexcept { return items_.data(); }
  DWORD* size() noexcept {
    size_ = static_cast<DWORD>(items_.size());
    return &size_;
  }
  void grow() {
    if (size_ > items_.size()) items_.resize(size_);
  }

 private:
  std::vector<T> items_ = std::vector<T>(kUsualLength);
  DWORD size_ = 0;
};

// `call` is repeated once, with the size that it requires.
template <class Call, class Grow>
void callWithSize(Call call, Grow grow) {
  if (call()) return;
  if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) throw Win32Error{GetLastError()};
  grow();
  check(call());
}

Value account(Status status, std::wstring sid, std::wstring name, std::wstring domain, uint32_t type) {
  return makeRecord(kAccount, static_cast<uint32_t>(status), std::move(sid), std::move(name), std::move(domain), type);
}

Value lookupSid(PSID sid) {
  GrowingBuffer<wchar_t> name;
  GrowingBuffer<wchar_t> domain;
  SID_NAME_USE use{};
  callWithSize(
      [&] { return LookupAccountSidW(nullptr, sid, name.data(), name.size(), domain.data(), domain.size(), &use); },
      [&] {
        name.grow();
        domain.grow();
      });
  return account(SEC_E_OK, sidToText(sid), name.data(), domain.data(), static_cast<uint32_t>(use));
}

Value lookupName(const std::wstring& name) {
  GrowingBuffer<BYTE> sid;
  GrowingBuffer<wchar_t> domain;
  SID_NAME_USE use{};
  callWithSize(
      [&] {
        return LookupAccountNameW(nullptr, name.c_str(), sid.data(), sid.size(), domain.data(), domain.size(), &use);
      },
      [&] {
        sid.grow();
        domain.grow();
      });
  // In the spelling of its domain, however it was requested.
  return lookupSid(sid.data());
}

template <class Item, class Lookup>
List lookupEach(const std::vector<Item>& items, Lookup lookup) {
  List accounts;
  accounts.reserve(items.size());
  for (const Item& item : items) {
    try {
      accounts.push_back(lookup(item));
    } catch (const Win32Error& error) {
      accounts.push_back(account(statusOf(error), {}, {}, {}, 0));
    }
  }
  return accounts;
}

}  // namespace

List lookupAccountSids(const std::vector<std::vector<BYTE>>& sids) {
  // The prototype lacks const, but the SID is input only.
  return lookupEach(sids, [](const std::vector<BYTE>& sid) { return lookupSid(const_cast<BYTE*>(sid.data())); });
}

List lookupAccountNames(const std::vector<std::wstring>& names) { return lookupEach(names, lookupName); }

}  // namespace sspi
