#include "access_token.h"

#include <sddl.h>

#include <memory>

namespace sspi {

namespace {

struct CloseToken {
  void operator()(void* handle) const noexcept { CloseHandle(handle); }
};

struct FreeLocal {
  void operator()(wchar_t* text) const noexcept { LocalFree(text); }
};

// A failing Windows call, on its way to the status that reports it.
struct Win32Error {
  DWORD code;
};

void check(BOOL succeeded) {
  if (!succeeded) throw Win32Error{GetLastError()};
}

// In memory that is aligned for every structure that GetTokenInformation writes.
std::vector<uint64_t> query(HANDLE token, TOKEN_INFORMATION_CLASS what) {
  DWORD size = 0;
  if (!GetTokenInformation(token, what, nullptr, 0, &size) && GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
    throw Win32Error{GetLastError()};
  }
  std::vector<uint64_t> memory((size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  check(GetTokenInformation(token, what, memory.data(), size, &size));
  return memory;
}

std::wstring toText(PSID sid) {
  wchar_t* text = nullptr;
  check(ConvertSidToStringSidW(sid, &text));
  const std::unique_ptr<wchar_t, FreeLocal> owned(text);
  return text;
}

AccessToken read(HANDLE handle) {
  AccessToken token;
  const std::vector<uint64_t> user = query(handle, TokenUser);
  token.user = toText(reinterpret_cast<const TOKEN_USER*>(user.data())->User.Sid);

  const std::vector<uint64_t> memory = query(handle, TokenGroups);
  const auto* groups = reinterpret_cast<const TOKEN_GROUPS*>(memory.data());
  token.groups.reserve(groups->GroupCount);
  for (DWORD i = 0; i < groups->GroupCount; ++i) {
    const SID_AND_ATTRIBUTES& group = groups->Groups[i];
    token.groups.push_back({toText(group.Sid), static_cast<uint32_t>(group.Attributes)});
  }

  TOKEN_TYPE type = TokenPrimary;
  DWORD size = sizeof(type);
  check(GetTokenInformation(handle, TokenType, &type, size, &size));
  token.isPrimary = type == TokenPrimary;
  SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation;
  size = sizeof(level);
  if (!token.isPrimary) check(GetTokenInformation(handle, TokenImpersonationLevel, &level, size, &size));
  token.impersonationLevel = static_cast<uint32_t>(level);
  return token;
}

}  // namespace

AccessTokenResult querySecurityContextToken(CtxtHandle& context) {
  void* handle = nullptr;
  const Status status = QuerySecurityContextToken(&context, &handle);
  if (status != SEC_E_OK) return {status, std::nullopt};
  const std::unique_ptr<void, CloseToken> owned(handle);
  try {
    return {status, read(handle)};
  } catch (const Win32Error& error) {
    return {HRESULT_FROM_WIN32(error.code), std::nullopt};
  }
}

}  // namespace sspi
