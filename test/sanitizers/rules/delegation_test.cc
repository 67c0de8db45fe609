// Credentials of a context's client, acquired as that client.

#include "../../../native/sspi/delegation.h"

#include "support.h"

namespace rules {

namespace {

sspi::CredentialRequest request() {
  sspi::CredentialRequest request;
  request.package = L"Scripted";
  request.use = SECPKG_CRED_OUTBOUND;
  return request;
}

TEST("delegation: the credential is the client's, and the thread is itself again") {
  auto context = begin();
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT_EQ(result.credential.status, SEC_E_OK);
  EXPECT(result.credential.credential != nullptr);
  EXPECT(result.level == 2U);
  EXPECT_EQ(secur32::acquiredAs(), "client");
  EXPECT_EQ(standin::actingAs(), "");
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("delegation: it is the client's also where the caller impersonated somebody else") {
  auto context = begin();
  standin::actAs("caller");
  sspi::CredentialRequest asked = request();
  asked.caller = sspi::ThreadToken::ofCallingThread();
  standin::actAs({});
  EXPECT_EQ(sspi::acquireAsClient(*context->get(), SecurityImpersonation, std::move(asked)).credential.status,
            SEC_E_OK);
  EXPECT_EQ(secur32::acquiredAs(), "client");
}

TEST("delegation: less than is needed, and the call is not made") {
  auto context = begin();
  secur32::forgetCalls();
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityDelegation, request());
  EXPECT_EQ(result.credential.status, SEC_E_OK);
  EXPECT(result.credential.credential == nullptr);
  EXPECT(result.level == 2U);
  EXPECT_EQ(callsOf("AcquireCredentialsHandleW"), 0U);
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("delegation: a client that only lets itself be identified is never acted for") {
  auto context = begin();
  script().clientLevel = SecurityIdentification;
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT_EQ(result.credential.status, SEC_E_OK);
  EXPECT(result.credential.credential == nullptr);
  EXPECT(result.level == 1U);
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("delegation: an anonymous token, which cannot be opened, is the lowest level") {
  auto context = begin();
  standin::refuseToTell(1, ERROR_CANT_OPEN_ANONYMOUS);
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT(result.credential.credential == nullptr);
  EXPECT(result.level == 0U);
}

TEST("delegation: a client that cannot be impersonated") {
  auto context = begin();
  script().impersonate = SEC_E_NO_IMPERSONATION;
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT_EQ(result.credential.status, SEC_E_NO_IMPERSONATION);
  EXPECT(!result.level.has_value());
  EXPECT_EQ(callsOf("RevertSecurityContext"), 0U);
}

TEST("delegation: a level that cannot be read is that error, and the thread reverts") {
  auto context = begin();
  standin::refuseToTell(1, ERROR_ACCESS_DENIED);
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT_EQ(static_cast<uint32_t>(result.credential.status), 0x8007'0005U);
  EXPECT_EQ(standin::actingAs(), "");
}

TEST("delegation: a refused credential, and the thread reverts") {
  auto context = begin();
  script().acquire = SEC_E_NO_CREDENTIALS;
  const sspi::DelegationResult result = sspi::acquireAsClient(*context->get(), SecurityImpersonation, request());
  EXPECT_EQ(result.credential.status, SEC_E_NO_CREDENTIALS);
  EXPECT(result.level == 2U);
  EXPECT_EQ(standin::actingAs(), "");
}

}  // namespace

}  // namespace rules
