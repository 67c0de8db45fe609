#include "access_token.h"

#include <array>

#include "token.h"
#include "token_information.h"

namespace sspi {

namespace {

std::vector<TokenGroup> readGroups(HANDLE token) {
  const TokenInformation memory(token, TokenGroups);
  const auto& list = memory.as<TOKEN_GROUPS>();
  std::vector<TokenGroup> groups;
  groups.reserve(list.GroupCount);
  for (DWORD i = 0; i < list.GroupCount; ++i) {
    const SID_AND_ATTRIBUTES& group = list.Groups[i];
    groups.push_back({sidToText(group.Sid), static_cast<uint32_t>(group.Attributes)});
  }
  return groups;
}

std::wstring privilegeName(LUID privilege) {
  // The longest name of today has 41 characters.
  std::array<wchar_t, 128> name{};
  DWORD length = static_cast<DWORD>(name.size());
  check(LookupPrivilegeNameW(nullptr, &privilege, name.data(), &length));
  return name.data();
}

std::vector<TokenPrivilege> readPrivileges(HANDLE token) {
  const TokenInformation memory(token, TokenPrivileges);
  const auto& list = memory.as<TOKEN_PRIVILEGES>();
  std::vector<TokenPrivilege> privileges;
  privileges.reserve(list.PrivilegeCount);
  for (DWORD i = 0; i < list.PrivilegeCount; ++i) {
    const LUID_AND_ATTRIBUTES& privilege = list.Privileges[i];
    privileges.push_back({privilegeName(privilege.Luid), static_cast<uint32_t>(privilege.Attributes)});
  }
  return privileges;
}

uint64_t toNumber(const LUID& id) {
  return static_cast<uint64_t>(static_cast<uint32_t>(id.HighPart)) << 32 | static_cast<uint32_t>(id.LowPart);
}

// What a token may not tell without being worth less for it.
template <class Read>
auto whereTold(Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Win32Error&) {
    return std::nullopt;
  }
}

AccessToken read(HANDLE handle) {
  AccessToken token;
  token.user = sidToText(TokenInformation(handle, TokenUser).as<TOKEN_USER>().User.Sid);
  token.groups = readGroups(handle);
  token.privileges = readPrivileges(handle);
  token.isPrimary = queryToken<TOKEN_TYPE>(handle, TokenType) == TokenPrimary;
  token.impersonationLevel = static_cast<uint32_t>(
      token.isPrimary ? SecurityImpersonation
                      : queryToken<SECURITY_IMPERSONATION_LEVEL>(handle, TokenImpersonationLevel));
  LUID logon = queryToken<TOKEN_STATISTICS>(handle, TokenStatistics).AuthenticationId;
  token.logonId = toNumber(logon);

  token.isElevated =
      whereTold([&] { return queryToken<TOKEN_ELEVATION>(handle, TokenElevation).TokenIsElevated != 0; });
  token.elevationType =
      whereTold([&] { return static_cast<uint32_t>(queryToken<TOKEN_ELEVATION_TYPE>(handle, TokenElevationType)); });
  token.isRestricted = whereTold([&] { return queryToken<DWORD>(handle, TokenHasRestrictions) != 0; });
  token.integrity = whereTold(
      [&] { return sidToText(TokenInformation(handle, TokenIntegrityLevel).as<TOKEN_MANDATORY_LABEL>().Label.Sid); });
  token.logonSession = queryLogonSession(logon);
  const auto claims = whereTold([&] { return TokenInformation(handle, TokenUserClaimAttributes); });
  if (claims) token.claims = readClaims(claims->begin(), claims->size());
  return token;
}

AccessTokenResult read(const TokenResult& result) {
  if (result.status != SEC_E_OK) return {result.status, std::nullopt};
  try {
    return {SEC_E_OK, read(result.token.get())};
  } catch (const Win32Error& error) {
    return {statusOf(error), std::nullopt};
  }
}

}  // namespace

AccessTokenResult querySecurityContextToken(CtxtHandle& context) { return read(tokenOfContext(context)); }

AccessTokenResult queryProcessToken() { return read(tokenOfProcess()); }

}  // namespace sspi
