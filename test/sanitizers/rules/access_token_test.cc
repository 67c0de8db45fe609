// What an access token says, read and closed again.

#include "../../../native/sspi/access_token.h"

#include "support.h"

namespace rules {

namespace {

const wchar_t* const kUser = L"S-1-5-21-1111111111-2222222222-3333333333-1104";
const wchar_t* const kUsers = L"S-1-5-21-1111111111-2222222222-3333333333-513";
const wchar_t* const kLogon = L"S-1-5-5-0-123456";

// A call that reads the token or a SID can fail: how many there are for the token below.
constexpr unsigned kReadings = 9;

void offer() {
  const standin::OwnMemory own;
  script().token =
      standin::TokenContents{kUser, {{kUsers, 7}, {kLogon, 0xC000'0007}}, TokenImpersonation, SecurityIdentification};
}

TEST("access token: user, groups, kind and level are read, and the token is closed") {
  auto context = begin();
  offer();
  const sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
  EXPECT_EQ(result.status, SEC_E_OK);
  EXPECT(result.token.has_value());
  if (!result.token) return;
  EXPECT(result.token->user == kUser);
  EXPECT_EQ(result.token->groups.size(), 2U);
  EXPECT(result.token->groups[0].sid == kUsers);
  EXPECT_EQ(result.token->groups[1].attributes, 0xC000'0007U);
  EXPECT(!result.token->isPrimary);
  EXPECT_EQ(result.token->impersonationLevel, 1U);
}

TEST("access token: a primary token has no level to be asked for; no groups are none") {
  auto context = begin();
  offer();
  script().token->type = TokenPrimary;
  {
    const standin::OwnMemory own;
    script().token->groups.clear();
  }
  const sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
  EXPECT(result.token && result.token->isPrimary && result.token->groups.empty());
}

TEST("access token: the status of a package that has none is passed on") {
  auto context = begin();
  EXPECT_EQ(sspi::querySecurityContextToken(*context->get()).status, SEC_E_UNSUPPORTED_FUNCTION);
}

TEST("access token: whatever cannot be read, the error is reported and all is given back") {
  auto context = begin();
  offer();
  for (unsigned reading = 1; reading <= kReadings; ++reading) {
    standin::refuseToTell(reading, ERROR_ACCESS_DENIED);
    const sspi::AccessTokenResult result = sspi::querySecurityContextToken(*context->get());
    EXPECT_EQ(static_cast<uint32_t>(result.status), 0x8007'0005U);
    EXPECT(!result.token.has_value());
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
