#include "access_token.h"

#include <array>

#include "../lsa/logon_session.h"
#include "claims.h"
#include "token.h"
#include "token_information.h"

namespace sspi {

namespace {

constexpr RecordKind kToken{
    "user,groups,privileges,isPrimary,impersonationLevel,logonId,isElevated,elevationType,isRestricted,integrity,"
    "logonSession,claims"};
constexpr RecordKind kGroup{"sid,attributes"};
constexpr RecordKind kPrivilege{"name,attributes"};

List readGroups(HANDLE token) {
  const TokenInformation memory(token, TokenGroups);
  const auto& list = memory.as<TOKEN_GROUPS>();
  List groups;
  groups.reserve(list.GroupCount);
  for (DWORD i = 0; i < list.GroupCount; ++i) {
    const SID_AND_ATTRIBUTES& group = list.Groups[i];
    groups.push_back(makeRecord(kGroup, sidToText(group.Sid), static_cast<uint32_t>(group.Attributes)));
  }
  return groups;
}

std::wstring privilegeName(LUID privilege) {
  // The longest name at present has 41 characters.
  std::array<wchar_t, 128> name{};
  auto length = static_cast<DWORD>(name.size());
  check(LookupPrivilegeNameW(nullptr, &privilege, name.data(), &length));
  return name.data();
}

List readPrivileges(HANDLE token) {
  const TokenInformation memory(token, TokenPrivileges);
  const auto& list = memory.as<TOKEN_PRIVILEGES>();
  List privileges;
  privileges.reserve(list.PrivilegeCount);
  for (DWORD i = 0; i < list.PrivilegeCount; ++i) {
    const LUID_AND_ATTRIBUTES& privilege = list.Privileges[i];
    privileges.push_back(
        makeRecord(kPrivilege, privilegeName(privilege.Luid), static_cast<uint32_t>(privilege.Attributes)));
  }
  return privileges;
}

uint64_t toNumber(const LUID& id) {
  return static_cast<uint64_t>(static_cast<uint32_t>(id.HighPart)) << 32 | static_cast<uint32_t>(id.LowPart);
}

// Parts of a token that may be missing.
template <class Read>
Value whereTold(Read read) {
  try {
    return read();
  } catch (const Win32Error&) {
    return {};
  }
}

Value toTruth(DWORD number) { return {number != 0}; }

Value readIntegrity(HANDLE token) {
  const TokenInformation memory(token, TokenIntegrityLevel);
  return {sidToText(memory.as<TOKEN_MANDATORY_LABEL>().Label.Sid)};
}

Value readClaimsOf(HANDLE token) {
  const TokenInformation memory(token, TokenUserClaimAttributes);
  return readClaims(memory.begin(), memory.size());
}

Value read(HANDLE token) {
  std::wstring user = sidToText(TokenInformation(token, TokenUser).as<TOKEN_USER>().User.Sid);
  List groups = readGroups(token);
  List privileges = readPrivileges(token);
  const bool isPrimary = queryToken<TOKEN_TYPE>(token, TokenType) == TokenPrimary;
  // A primary token has no level; it can be used for impersonation.
  const auto level =
      isPrimary ? SecurityImpersonation : queryToken<SECURITY_IMPERSONATION_LEVEL>(token, TokenImpersonationLevel);
  const LUID logon = queryToken<TOKEN_STATISTICS>(token, TokenStatistics).AuthenticationId;
  Value record = makeRecord(kToken, std::move(user), std::move(groups), std::move(privileges), isPrimary,
                            static_cast<uint32_t>(level), toNumber(logon));
  List& fields = std::get<Record>(record.held).fields;
  const auto add = [&](auto readField) { fields.push_back(whereTold(readField)); };
  add([&] { return toTruth(queryToken<TOKEN_ELEVATION>(token, TokenElevation).TokenIsElevated); });
  add([&] { return Value{static_cast<uint32_t>(queryToken<TOKEN_ELEVATION_TYPE>(token, TokenElevationType))}; });
  add([&] { return toTruth(queryToken<DWORD>(token, TokenHasRestrictions)); });
  add([&] { return readIntegrity(token); });
  fields.push_back(queryLogonSession(logon));
  add([&] { return readClaimsOf(token); });
  return record;
}

AccessTokenResult read(const TokenResult& result) {
  if (result.status != SEC_E_OK) return {result.status, {}};
  try {
    return {SEC_E_OK, read(result.token.get())};
  } catch (const Win32Error& error) {
    return {statusOf(error), {}};
  }
}

}  // namespace

AccessTokenResult querySecurityContextToken(CtxtHandle& context) { return read(tokenOfContext(context)); }

AccessTokenResult queryProcessToken() { return read(tokenOfProcess()); }

}  // namespace sspi
