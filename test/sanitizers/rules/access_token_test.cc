// What an access token says, read and closed again.

#include "../../../native/sspi/access_token.h"

#include "../../../native/sspi/membership.h"

#include "values.h"

namespace rules {

namespace {

const wchar_t* const kUser = L"S-1-5-21-1111111111-2222222222-3333333333-1104";
const wchar_t* const kUsers = L"S-1-5-21-1111111111-2222222222-3333333333-513";
const wchar_t* const kLogon = L"S-1-5-5-0-123456";

// Of the calls that read the token, its SIDs and its privileges: those without which it is worth nothing come first.
constexpr unsigned kNeeded = 14;
constexpr unsigned kReadings = 20;

void offer() {
  const standin::OwnMemory own;
  script().token =
      standin::TokenContents{kUser, {{kUsers, 7}, {kLogon, 0xC000'0007}}, TokenImpersonation, SecurityIdentification};
  standin::TokenContents& token = *script().token;
  token.privileges = {{0, 3}, {1, 0}};
  token.logonId = {0x3E7, 1};
  token.elevated = 1;
  token.elevationType = TokenElevationTypeFull;
  token.restricted = 0;
  token.integrity = L"S-1-16-12288";
}

TEST("access token: user, groups, kind and level are read, and the token is closed") {
  auto context = begin();
  offer();
  const auto told = [&](const std::string& name) {
    sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
    EXPECT_EQ(result.status, SEC_E_OK);
    return field(std::move(result.token), name);
  };
  EXPECT(as<std::wstring>(told("user")) == kUser);
  auto groups = as<sspi::List>(told("groups"));
  EXPECT_EQ(groups.size(), 2U);
  EXPECT(textOf(std::move(groups[0]), "sid") == kUsers);
  EXPECT_EQ(numberOf(std::move(groups[1]), "attributes"), 0xC000'0007U);
  EXPECT(!as<bool>(told("isPrimary")));
  EXPECT_EQ(as<uint32_t>(told("impersonationLevel")), 1U);
  auto privileges = as<sspi::List>(told("privileges"));
  EXPECT_EQ(privileges.size(), 2U);
  EXPECT(textOf(std::move(privileges[0]), "name") == L"SeChangeNotifyPrivilege");
  EXPECT_EQ(numberOf(std::move(privileges[1]), "attributes"), 0U);
  EXPECT_EQ(as<uint64_t>(told("logonId")), 0x1'0000'03E7U);
  EXPECT(as<bool>(told("isElevated")));
  EXPECT_EQ(as<uint32_t>(told("elevationType")), 2U);
  EXPECT(!as<bool>(told("isRestricted")));
  EXPECT(as<std::wstring>(told("integrity")) == L"S-1-16-12288");
  EXPECT(isAbsent(told("logonSession")));
  EXPECT(isAbsent(told("claims")));
}

TEST("access token: what this Windows does not know is absent, and nothing else is") {
  auto context = begin();
  {
    const standin::OwnMemory own;
    script().token = standin::TokenContents{kUser, {{kUsers, 7}}, TokenImpersonation, SecurityImpersonation};
  }
  for (const char* name : {"isElevated", "elevationType", "isRestricted", "integrity", "logonSession", "claims"}) {
    sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
    EXPECT_EQ(result.status, SEC_E_OK);
    EXPECT(isAbsent(field(std::move(result.token), name)));
  }
  EXPECT(textOf(sspi::querySecurityContextToken(*context->get()).token, "user") == kUser);
}

TEST("access token: the logon session is copied, and its memory given back") {
  auto context = begin();
  offer();
  standin::setLogonSession(L"alice", 116'444'736'000'000'000 + 50'000);
  const auto told = [&](const std::string& name) {
    sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
    EXPECT_EQ(standin::authorityBuffers(), 0U);
    return field(field(std::move(result.token), "logonSession"), name);
  };
  EXPECT(as<std::wstring>(told("user")) == L"alice");
  EXPECT(as<std::wstring>(told("domain")).empty());
  EXPECT_EQ(as<uint32_t>(told("type")), 3U);
  EXPECT(as<double>(told("time")) == 5.0);
}

TEST("access token: the process's own") {
  {
    const standin::OwnMemory own;
    standin::processToken().user = kUser;
    standin::processToken().type = TokenPrimary;
  }
  EXPECT(as<bool>(field(sspi::queryProcessToken().token, "isPrimary")));
  EXPECT(textOf(sspi::queryProcessToken().token, "user") == kUser);
  standin::refuseToTell(1, ERROR_ACCESS_DENIED);
  EXPECT_EQ(static_cast<uint32_t>(sspi::queryProcessToken().status), 0x8007'0005U);
}

TEST("access token: a thousand groups") {
  auto context = begin();
  {
    const standin::OwnMemory own;
    script().token = standin::TokenContents{kUser, {}, TokenImpersonation, SecurityImpersonation};
    for (int i = 0; i < 1000; ++i) script().token->groups.emplace_back(kUsers, 7);
  }
  sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
  EXPECT_EQ(as<sspi::List>(field(std::move(result.token), "groups")).size(), 1000U);
}

TEST("membership: a group counts when it is enabled; a primary token is copied to be asked") {
  auto context = begin();
  offer();
  const auto sid = [](const wchar_t* text) {
    const auto* first = reinterpret_cast<const BYTE*>(text);
    return Bytes(first, first + (std::wstring(text).size() + 1) * sizeof(wchar_t));
  };
  EXPECT(sspi::checkContextMembership(*context->get(), sid(kUsers)).isMember);
  EXPECT(!sspi::checkContextMembership(*context->get(), sid(kUser)).isMember);
  script().token->groups[0].second = 0x10;
  EXPECT(!sspi::checkContextMembership(*context->get(), sid(kUsers)).isMember);
  script().token->groups[0].second = 7;
  script().token->type = TokenPrimary;
  EXPECT(sspi::checkContextMembership(*context->get(), sid(kUsers)).isMember);
  // Kind, copy, question: whichever fails, the token and its copy are closed.
  for (unsigned call = 1; call <= 3; ++call) {
    standin::refuseToTell(call, ERROR_ACCESS_DENIED);
    const sspi::Membership refused = sspi::checkContextMembership(*context->get(), sid(kUsers));
    EXPECT_EQ(static_cast<uint32_t>(refused.status), 0x8007'0005U);
    EXPECT(!refused.isMember);
    EXPECT_EQ(standin::openHandles(), 0U);
  }
  {
    const standin::OwnMemory own;
    standin::processToken() = *script().token;
  }
  EXPECT(sspi::checkProcessMembership(sid(kUsers)).isMember);
}

TEST("membership: the status of a package that makes no token is passed on") {
  auto context = begin();
  EXPECT_EQ(sspi::checkContextMembership(*context->get(), Bytes(12)).status, SEC_E_UNSUPPORTED_FUNCTION);
}

TEST("access token: a primary token has no level to be asked for; no groups are none") {
  auto context = begin();
  offer();
  script().token->type = TokenPrimary;
  {
    const standin::OwnMemory own;
    script().token->groups.clear();
  }
  EXPECT(as<bool>(field(sspi::querySecurityContextToken(*context->get()).token, "isPrimary")));
  EXPECT(as<sspi::List>(field(sspi::querySecurityContextToken(*context->get()).token, "groups")).empty());
}

TEST("access token: the status of a package that has none is passed on") {
  auto context = begin();
  EXPECT_EQ(sspi::querySecurityContextToken(*context->get()).status, SEC_E_UNSUPPORTED_FUNCTION);
}

TEST("access token: whatever cannot be read, the error is reported and all is given back") {
  auto context = begin();
  offer();
  for (unsigned reading = kNeeded + 1; reading <= kReadings; ++reading) {
    standin::refuseToTell(reading, ERROR_ACCESS_DENIED);
    EXPECT_EQ(sspi::querySecurityContextToken(*context->get()).status, SEC_E_OK);
  }
  for (unsigned reading = 1; reading <= kNeeded; ++reading) {
    standin::refuseToTell(reading, ERROR_ACCESS_DENIED);
    const sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
    EXPECT_EQ(static_cast<uint32_t>(result.status), 0x8007'0005U);
    EXPECT(isAbsent(result.token));
  }
  standin::refuseToTell(kReadings + 1, ERROR_ACCESS_DENIED);
  EXPECT_EQ(sspi::querySecurityContextToken(*context->get()).status, SEC_E_OK);
}

TEST("access token: memory that runs out anywhere leaves no token and no text behind") {
  const size_t times = throughEveryShortage(
      [] {
        offer();
        play(leg(SEC_E_OK));
      },
      [] {
        sspi::Context context(acquire());
        context.accept(input());
        EXPECT_EQ(sspi::querySecurityContextToken(*context.get()).status, SEC_E_OK);
      });
  EXPECT(times > 6);
}

}  // namespace

}  // namespace rules
