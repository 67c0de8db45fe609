// What goes into a leg and what comes out of it.

#include "support.h"

namespace rules {

namespace {

constexpr uint32_t kRoom = 100;  // of support.cc's input()

sspi::LegResult playOnce(Leg leg, sspi::LegInput given = input()) {
  sspi::Context context(acquire());
  play(std::move(leg));
  return context.initialize(nullptr, std::move(given));
}

const secur32::SeenLeg& seen() { return secur32::seenLegs().back(); }

TEST("output: an untouched buffer is no token") {
  for (const SECURITY_STATUS status : {SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_E_LOGON_DENIED}) {
    EXPECT(!playOnce(leg(status)).token.has_value());
  }
}

TEST("output: a length of zero is a token of zero bytes") {
  const sspi::LegResult result = playOnce(legWithToken(SEC_I_CONTINUE_NEEDED, ""));
  EXPECT(result.token.has_value());
  EXPECT(result.token && result.token->empty());
}

TEST("output: bytes come through, also from a call that fails") {
  for (const SECURITY_STATUS status : {SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_E_LOGON_DENIED}) {
    const sspi::LegResult result = playOnce(legWithToken(status, "for the peer"));
    EXPECT_EQ(result.status, status);
    EXPECT(result.token == bytes("for the peer"));
  }
}

TEST("output: stale bytes under the caller's own length are no token") {
  Leg stale = leg(SEC_E_LOGON_DENIED);
  stale.stale = bytes("the token of another call");
  EXPECT(!playOnce(stale).token.has_value());
}

TEST("output: a package that claims more than it writes gives away nothing of an earlier leg") {
  Leg claiming = leg(SEC_E_OK);
  claiming.wantsRoom = kRoom;
  Leg half = leg(SEC_E_LOGON_DENIED);
  half.stale = bytes("written, and no length");
  Leg withdrawn = half;
  withdrawn.wantsRoom = 0;
  const auto credential = acquire();
  const auto playOn = [&](const Leg& leg) {
    play(leg);
    return sspi::Context(credential).initialize(nullptr, input());
  };
  for (const Leg& earlier : {legWithToken(SEC_E_OK, std::string(kRoom, 'x')), half, withdrawn}) {
    playOn(earlier);
    EXPECT(playOn(claiming).token == Bytes(kRoom));
  }
}

TEST("output: a token may fill all the room that the package asks for") {
  const std::string full(kRoom, 'x');
  const sspi::LegResult result = playOnce(legWithToken(SEC_I_CONTINUE_NEEDED, full));
  EXPECT(result.token == bytes(full));
  EXPECT(seen().room >= kRoom);
}

TEST("output: a length that exceeds the room is not believed") {
  sspi::Context context(acquire());
  Leg excessive = leg(SEC_E_BUFFER_TOO_SMALL);
  excessive.wantsRoom = 100'000;
  play(excessive);
  const sspi::LegResult result = context.initialize(nullptr, input());
  EXPECT(!result.token.has_value());
}

TEST("output: every leg gets the whole room anew") {
  auto context = begin();
  const ULONG room = seen().room;
  play(legWithToken(SEC_I_CONTINUE_NEEDED, "short"));
  context->initialize(nullptr, input(bytes("reply")));
  play(leg(SEC_E_OK));
  context->initialize(nullptr, input(bytes("reply")));
  EXPECT_EQ(seen().room, room);
}

TEST("output: a package that needs no room gets an empty buffer and may leave it") {
  sspi::LegInput given = input();
  given.maxToken = 0;
  const sspi::LegResult result = playOnce(legWithToken(SEC_E_OK, ""), std::move(given));
  EXPECT(result.token.has_value());
}

TEST("input: none at all is no descriptor") {
  playOnce(leg(SEC_I_CONTINUE_NEEDED));
  EXPECT(!seen().input.has_value());
}

TEST("input: a token of zero bytes is a buffer with an address") {
  playOnce(leg(SEC_I_CONTINUE_NEEDED), input(Bytes()));
  EXPECT(seen().input.has_value());
  if (!seen().input) return;
  EXPECT_EQ(seen().input->size(), 1U);
  EXPECT_EQ(seen().input->front().type, SECBUFFER_TOKEN);
  EXPECT(seen().input->front().hasAddress);
  EXPECT(seen().input->front().bytes.empty());
}

TEST("input: token, empty buffer and channel bindings are three buffers; no token leaves the bindings alone") {
  sspi::LegInput given = input(bytes("token"));
  given.stream = true;
  given.channelBindings = bytes("bindings");
  playOnce(leg(SEC_E_OK), given);
  EXPECT(seen().input && seen().input->size() == 3);
  if (!seen().input || seen().input->size() != 3) return;
  EXPECT((*seen().input)[0].bytes == bytes("token"));
  EXPECT_EQ((*seen().input)[1].type, SECBUFFER_EMPTY);
  EXPECT(!(*seen().input)[1].hasAddress);
  EXPECT_EQ((*seen().input)[2].type, SECBUFFER_CHANNEL_BINDINGS);
  EXPECT((*seen().input)[2].bytes == bytes("bindings"));

  given.token.reset();
  playOnce(leg(SEC_E_OK), given);
  EXPECT(seen().input && seen().input->size() == 1);
  EXPECT_EQ(seen().input->front().type, SECBUFFER_CHANNEL_BINDINGS);
}

TEST("input: the target, the flags and the side of a call are those asked for") {
  sspi::Context client(acquire());
  const std::wstring target = L"HTTP/web.corp.test";
  sspi::LegInput given = input();
  given.flags = 0x8000'0002;
  play(leg(SEC_I_CONTINUE_NEEDED));
  client.initialize(&target, given);
  EXPECT(seen().target == target);
  EXPECT_EQ(seen().requested, 0x8000'0002U);
  EXPECT_EQ(seen().call, "InitializeSecurityContextW");

  sspi::Context server(acquire());
  play(leg(SEC_I_CONTINUE_NEEDED));
  server.accept(given);
  EXPECT_EQ(seen().call, "AcceptSecurityContext");
  EXPECT_EQ(seen().requested, 0x8000'0002U);
}

TEST("input: a package may write over all of it") {
  Leg scribbler = leg(SEC_I_CONTINUE_NEEDED);
  scribbler.scribbles = true;
  sspi::LegInput given = input(bytes("token"));
  given.stream = true;
  given.channelBindings = bytes("bindings");
  playOnce(scribbler, given);
  EXPECT(given.token == bytes("token"));
  EXPECT(given.channelBindings == bytes("bindings"));
}

TEST("input: how many bytes are unread or missing, wherever the package points") {
  BYTE elsewhere = 0;
  for (void* const place : {static_cast<void*>(nullptr), static_cast<void*>(&elsewhere), reinterpret_cast<void*>(16)}) {
    for (const ULONG type : {SECBUFFER_EXTRA, SECBUFFER_MISSING}) {
      Leg reporter = leg(type == SECBUFFER_EXTRA ? SEC_E_OK : SEC_E_INCOMPLETE_MESSAGE);
      reporter.reports = SecBuffer{3, type, place};
      sspi::LegInput given = input(bytes("token"));
      given.stream = true;
      const sspi::LegResult result = playOnce(reporter, std::move(given));
      EXPECT_EQ(result.unread, type == SECBUFFER_EXTRA ? 3U : 0U);
      EXPECT_EQ(result.missing, type == SECBUFFER_MISSING ? 3U : 0U);
    }
  }
}

TEST("result: granted flags and expiry are those that were written") {
  Leg good = leg(SEC_E_OK);
  good.flags = 0xFFFF'FFFF;
  good.expiry = 116'444'736'000'000'000 + 10'000;
  const sspi::LegResult result = playOnce(good);
  EXPECT_EQ(result.flags, 0xFFFF'FFFFU);
  EXPECT(result.expiry == 1.0);
  const sspi::LegResult untouched = playOnce(leg(SEC_E_OK));
  EXPECT_EQ(untouched.flags, 0U);
  EXPECT(!untouched.expiry.has_value());
}

TEST("result: a call that fails has no expiry, whatever it wrote") {
  Leg bad = leg(SEC_E_LOGON_DENIED);
  bad.expiry = 116'444'736'000'000'000 + 10'000;
  EXPECT(!playOnce(bad).expiry.has_value());
}

TEST("result: attributes are queried after SEC_E_OK and after nothing else") {
  script().attributes[SECPKG_ATTR_FLAGS] = [](void* value) {
    static_cast<SecPkgContext_Flags*>(value)->Flags = 7;
    return SEC_E_OK;
  };
  for (const SECURITY_STATUS status : {SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_I_COMPLETE_NEEDED, SEC_E_LOGON_DENIED}) {
    sspi::LegInput given = input();
    given.attributes = {SECPKG_ATTR_FLAGS, SECPKG_ATTR_NAMES};
    const sspi::LegResult result = playOnce(leg(status), std::move(given));
    EXPECT_EQ(result.attributes.size(), status == SEC_E_OK ? 2U : 0U);
    if (status != SEC_E_OK) continue;
    EXPECT_EQ(std::get<uint32_t>(result.attributes[0].value.held), 7U);
    EXPECT_EQ(result.attributes[1].status, SEC_E_UNSUPPORTED_FUNCTION);
  }
}

TEST("CompleteAuthToken: gets the output token in memory of its own and may shorten it") {
  auto context = begin();
  script().complete = [](SecBufferDesc& token) {
    SecBuffer& buffer = token.pBuffers[0];
    if (token.cBuffers != 1 || buffer.BufferType != SECBUFFER_TOKEN || buffer.cbBuffer != 5) return SEC_E_INVALID_TOKEN;
    std::memset(buffer.pvBuffer, 'x', buffer.cbBuffer);
    buffer.cbBuffer = 3;
    return SEC_E_OK;
  };
  const sspi::CompletionResult result = context->completeAuthToken(bytes("token"), {SECPKG_ATTR_NAMES});
  EXPECT_EQ(result.status, SEC_E_OK);
  EXPECT(result.token == bytes("xxx"));
  EXPECT_EQ(result.attributes.size(), 1U);
}

TEST("CompleteAuthToken: a length that grew is not believed") {
  auto context = begin();
  script().complete = [](SecBufferDesc& token) {
    token.pBuffers[0].cbBuffer = 1000;
    return SEC_E_OK;
  };
  EXPECT(context->completeAuthToken(bytes("token"), {}).token == bytes("token"));
  EXPECT(!context->completeAuthToken(std::nullopt, {}).token.has_value());
}

TEST("CompleteAuthToken: tells an empty token from none, and queries nothing after a failure") {
  auto context = begin();
  script().complete = [](SecBufferDesc& token) {
    return token.pBuffers[0].pvBuffer == nullptr ? SEC_E_INVALID_TOKEN : SEC_E_OK;
  };
  EXPECT_EQ(context->completeAuthToken(Bytes(), {}).status, SEC_E_OK);
  const sspi::CompletionResult none = context->completeAuthToken(std::nullopt, {SECPKG_ATTR_NAMES});
  EXPECT_EQ(none.status, SEC_E_INVALID_TOKEN);
  EXPECT(none.attributes.empty());
}

TEST("output: how the channel bindings were found, where that was asked for and is known") {
  Leg told = leg(SEC_E_LOGON_DENIED);
  told.bindingsResult = 0x10;
  sspi::LegInput asking = input(bytes("token"));
  asking.bindingsResult = true;
  EXPECT_EQ(playOnce(told, std::move(asking)).bindingsResult, 0x10U);
  EXPECT(seen().asksForBindings);
  EXPECT_EQ(playOnce(told).bindingsResult, 0U);
  EXPECT(!seen().asksForBindings);
  sspi::LegInput inVain = input(bytes("token"));
  inVain.bindingsResult = true;
  EXPECT_EQ(playOnce(leg(SEC_E_OK), std::move(inVain)).bindingsResult, 0U);
}

}  // namespace

}  // namespace rules
