// Memory that runs out in the middle of a handshake.

#include "support.h"

namespace rules {

namespace {

TEST("memory: runs out anywhere in a handshake, and every handle is given back") {
  const size_t times = throughEveryShortage(
      [] {
        script().complete = [](SecBufferDesc&) { return SEC_E_OK; };
        Leg first = legWithToken(SEC_I_CONTINUE_NEEDED, "a token");
        play(first);
        Leg second = legWithToken(SEC_I_COMPLETE_NEEDED, "another token");
        second.rotates = true;
        play(second);
      },
      [] {
        sspi::Context context(acquire());
        const std::wstring target = L"HTTP/web.corp.test and some more characters";
        context.initialize(&target, input());
        sspi::LegInput reply = input(Bytes(64));
        reply.channelBindings = Bytes(64);
        reply.stream = true;
        context.initialize(&target, std::move(reply));
        context.completeAuthToken(Bytes(64), {SECPKG_ATTR_NAMES, SECPKG_ATTR_SIZES});
      });
  EXPECT(times > 5);
}

TEST("memory: runs out when another credential takes the place of the first") {
  throughEveryShortage(
      [] {
        play(leg(SEC_I_INCOMPLETE_CREDENTIALS));
        play(leg(SEC_E_OK));
      },
      [] {
        sspi::Context context(acquire());
        context.initialize(nullptr, input());
        context.useCredential(acquire());
        context.initialize(nullptr, input());
      });
}

}  // namespace

}  // namespace rules
