// Who owns a context's handle, and for how long.

#include "../../../native/sspi/handle_calls.h"
#include "support.h"

namespace rules {

namespace {

TEST("handles: the context is deleted once, and before its credential is freed") {
  auto credential = acquire();
  auto context = begin(credential);
  EXPECT_EQ(secur32::contextsAlive(), 1U);
  credential.reset();
  EXPECT_EQ(secur32::credentialsAlive(), 1U);
  context.reset();
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 1U);
  EXPECT_EQ(callsOf("FreeCredentialsHandle"), 1U);
  EXPECT_EQ(secur32::calls().back(), "FreeCredentialsHandle");
}

TEST("handles: the credential lives until the last of its contexts is gone") {
  auto credential = acquire();
  auto first = begin(credential);
  auto second = begin(credential);
  credential.reset();
  first.reset();
  EXPECT_EQ(secur32::credentialsAlive(), 1U);
  second->retire();
  EXPECT_EQ(secur32::credentialsAlive(), 0U);
}

TEST("handles: after a rotation the new handle is the one used, and deleted once") {
  auto context = begin();
  for (int i = 0; i < 3; ++i) {
    Leg rotation = leg(SEC_I_CONTINUE_NEEDED);
    rotation.rotates = true;
    play(rotation);
    context->initialize(nullptr, input(bytes("reply")));
    EXPECT(secur32::isContext(*context->get()));
  }
  script().complete = [](SecBufferDesc&) { return SEC_E_OK; };
  EXPECT_EQ(context->completeAuthToken(std::nullopt, {}).status, SEC_E_OK);
  context.reset();
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 1U);
}

TEST("handles: a rotation on a leg that fails is followed, too") {
  auto context = begin();
  Leg rotation = leg(SEC_E_LOGON_DENIED);
  rotation.rotates = true;
  play(rotation);
  EXPECT_EQ(context->initialize(nullptr, input(bytes("reply"))).status, SEC_E_LOGON_DENIED);
  EXPECT(secur32::isContext(*context->get()));
}

TEST("handles: a first leg that fails leaves nothing to delete, whatever it wrote") {
  for (const bool garbage : {false, true}) {
    sspi::Context context(acquire());
    Leg failure = leg(SEC_E_NO_CREDENTIALS);
    failure.leavesGarbage = garbage;
    play(failure);
    EXPECT_EQ(context.initialize(nullptr, input()).status, SEC_E_NO_CREDENTIALS);
    EXPECT(context.get() == nullptr);
    play(failure);
    EXPECT_EQ(context.accept(input(bytes("again"))).status, SEC_E_NO_CREDENTIALS);
    EXPECT(secur32::seenLegs().back().first);
    context.retire();
  }
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 0U);
}

TEST("handles: a zeroed handle is none, on the first leg and on a later one") {
  for (const SECURITY_STATUS status : {SEC_I_CONTINUE_NEEDED, SEC_E_INCOMPLETE_MESSAGE, SEC_E_LOGON_DENIED}) {
    Leg zeroed = leg(status);
    zeroed.zeroesHandle = true;
    sspi::Context first(acquire());
    play(zeroed);
    EXPECT_EQ(first.initialize(nullptr, input()).status, status);
    EXPECT(first.get() == nullptr);

    auto later = begin();
    play(zeroed);
    EXPECT_EQ(later->initialize(nullptr, input(bytes("reply"))).status, status);
    EXPECT(later->get() == nullptr);
  }
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 0U);
}

TEST("handles: a success without a context establishes none") {
  for (const bool zeroed : {false, true}) {
    sspi::Context context(acquire());
    Leg success = leg(SEC_E_OK);
    success.zeroesHandle = zeroed;
    success.makesContext = false;
    play(success);
    sspi::LegInput given = input(bytes("token"));
    given.attributes = {SECPKG_ATTR_NAMES};
    const sspi::LegResult result = context.accept(std::move(given));
    EXPECT_EQ(result.status, SEC_E_INTERNAL_ERROR);
    EXPECT(result.attributes.empty());
  }
}

TEST("handles: a later leg that fails leaves one context to delete") {
  auto context = begin();
  play(leg(SEC_E_LOGON_DENIED));
  EXPECT_EQ(context->initialize(nullptr, input(bytes("reply"))).status, SEC_E_LOGON_DENIED);
  EXPECT_EQ(secur32::contextsAlive(), 1U);
  context.reset();
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 1U);
}

TEST("handles: an incomplete first message leaves a context only where SSPI made one") {
  for (const bool made : {false, true}) {
    sspi::Context context(acquire());
    Leg incomplete = leg(SEC_E_INCOMPLETE_MESSAGE);
    incomplete.makesContext = made;
    play(incomplete);
    context.accept(input(bytes("part")));
    EXPECT_EQ(context.get() != nullptr, made);
    play(leg(SEC_E_OK));
    context.accept(input(bytes("part and the rest")));
    EXPECT_EQ(secur32::seenLegs().back().first, !made);
  }
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 2U);
}

TEST("handles: a retired context makes no further call and lets its credential go") {
  auto context = begin();
  context->retire();
  context->retire();
  EXPECT_EQ(secur32::credentialsAlive(), 0U);
  EXPECT(context->get() == nullptr);
  EXPECT_EQ(context->initialize(nullptr, input()).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(context->accept(input()).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(context->completeAuthToken(std::nullopt, {}).status, SEC_E_INVALID_HANDLE);
  context->useCredential(acquire());
  EXPECT_EQ(secur32::credentialsAlive(), 0U);
  EXPECT_EQ(callsOf("DeleteSecurityContext"), 1U);
}

TEST("handles: a context retired before its first leg makes none") {
  sspi::Context context(acquire());
  context.retire();
  EXPECT_EQ(context.initialize(nullptr, input()).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(callsOf("InitializeSecurityContextW"), 0U);
}

TEST("handles: a credential that is given up leaves a context without one") {
  sspi::Context context(nullptr);
  EXPECT_EQ(context.initialize(nullptr, input()).status, SEC_E_INVALID_HANDLE);
}

TEST("handles: another credential serves from the next leg on, and the first stays until the context is gone") {
  auto context = begin();
  play(leg(SEC_I_INCOMPLETE_CREDENTIALS));
  context->initialize(nullptr, input(bytes("which certificate?")));
  context->useCredential(acquire());
  EXPECT_EQ(secur32::credentialsAlive(), 2U);
  play(leg(SEC_E_OK));
  EXPECT_EQ(context->initialize(nullptr, input(bytes("which certificate?"))).status, SEC_E_OK);
  context->retire();
  EXPECT_EQ(secur32::credentialsAlive(), 0U);
}

TEST("handles: taking another credential frees none: that may be a call into the security authority") {
  sspi::Context context(acquire());
  context.useCredential(acquire());
  EXPECT_EQ(callsOf("FreeCredentialsHandle"), 0U);
  play(leg(SEC_E_OK));
  EXPECT_EQ(context.initialize(nullptr, input()).status, SEC_E_OK);
}

TEST("handles: CompleteAuthToken before the first leg finds no context") {
  sspi::Context context(acquire());
  EXPECT_EQ(context.completeAuthToken(bytes("token"), {}).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(callsOf("CompleteAuthToken"), 0U);
}

// Every call on a context that has no handle.
void expectNoHandle(sspi::Context& context) {
  const size_t before = secur32::calls().size();
  uint32_t qop = 0;
  const sspi::Message message{nullptr, 0, &qop, 0};
  EXPECT_EQ(sspi::encryptMessage(context, message, 0, 0), SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::decryptMessage(context, message, 0), SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::makeSignature(context, message, 0, 0), SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::verifySignature(context, message, 0), SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::querySecurityContextToken(context).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::checkContextMembership(context, bytes("a SID")).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(sspi::acquireAsClient(context, 2, {}).credential.status, SEC_E_INVALID_HANDLE);
  const auto attributes = sspi::queryContextAttributes(context, {SECPKG_ATTR_SIZES, SECPKG_ATTR_NAMES});
  EXPECT_EQ(attributes.size(), 2U);
  for (const sspi::Attribute& attribute : attributes) EXPECT_EQ(attribute.status, SEC_E_INVALID_HANDLE);
  bool ran = false;
  EXPECT_EQ(sspi::impersonate(context, [&] { ran = true; }), SEC_E_INVALID_HANDLE);
  EXPECT(!ran);
  EXPECT_EQ(secur32::calls().size(), before);
}

TEST("handles: before the first leg and after the end every call gives SEC_E_INVALID_HANDLE, and SSPI is not asked") {
  sspi::Context fresh(acquire());
  expectNoHandle(fresh);
  auto retired = begin();
  retired->retire();
  expectNoHandle(*retired);
}

TEST("handles: a credential that was given up has no attributes") {
  EXPECT_EQ(sspi::queryCredentialsAttribute(nullptr, SECPKG_CRED_ATTR_NAMES).status, SEC_E_INVALID_HANDLE);
  EXPECT_EQ(callsOf("QueryCredentialsAttributesW"), 0U);
}

}  // namespace

}  // namespace rules
