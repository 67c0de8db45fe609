// Messages in one block of memory: what a package may do to them, and what of it is believed.

#include "../../../native/sspi/message.h"

#include <array>

#include "support.h"

namespace rules {

namespace {

// Exactly as large as it is said to be: one byte more is an error that AddressSanitizer sees.
class TestMessage {
 public:
  TestMessage(size_t size, std::vector<uint32_t> triples)
      : memory_(new BYTE[size]{}), layout_(new uint32_t[triples.size() + 1]{}), count_(triples.size() / 3) {
    std::copy(triples.begin(), triples.end(), layout_.get());
    message_ = {memory_.get(), size, layout_.get(), count_};
  }

  const sspi::Message& get() const { return message_; }
  BYTE* memory() { return memory_.get(); }
  uint32_t type(size_t i) const { return layout_[i * 3]; }
  uint32_t offset(size_t i) const { return layout_[i * 3 + 1]; }
  uint32_t length(size_t i) const { return layout_[i * 3 + 2]; }
  uint32_t qop() const { return layout_[count_ * 3]; }

 private:
  std::unique_ptr<BYTE[]> memory_;
  std::unique_ptr<uint32_t[]> layout_;
  size_t count_;
  sspi::Message message_{};
};

bool wellFormed(size_t size, std::vector<uint32_t> triples) {
  return sspi::isWellFormed(TestMessage(size, std::move(triples)).get());
}

// The package's part of one call.
void onMessage(std::function<SECURITY_STATUS(SecBufferDesc&)> act) {
  script().message = [act = std::move(act)](const char*, SecBufferDesc& message, ULONG&, ULONG) {
    return act(message);
  };
}

TEST("messages: a layout inside the memory is well formed, up to the last byte") {
  EXPECT(wellFormed(0, {}));
  EXPECT(wellFormed(0, {SECBUFFER_DATA, 0, 0}));
  EXPECT(wellFormed(8, {SECBUFFER_TOKEN, 0, 8}));
  EXPECT(wellFormed(8, {SECBUFFER_TOKEN, 8, 0}));
  EXPECT(wellFormed(8, {SECBUFFER_TOKEN, 0, 4, SECBUFFER_DATA, 4, 4}));
  EXPECT(wellFormed(8, {SECBUFFER_TOKEN, 0, 8, SECBUFFER_DATA, 2, 4}));
}

TEST("messages: one byte outside, or a sum that overflows, is not") {
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 0, 9}));
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 9, 0}));
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 1, 8}));
  EXPECT(!wellFormed(0, {SECBUFFER_TOKEN, 0, 1}));
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 4, 0xFFFF'FFFC}));
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 0xFFFF'FFFF, 1}));
  EXPECT(!wellFormed(8, {SECBUFFER_TOKEN, 0, 8, SECBUFFER_DATA, 0xFFFF'FFFF, 0xFFFF'FFFF}));
}

TEST("messages: as many buffers as there is room for, and no more") {
  EXPECT(wellFormed(1, std::vector<uint32_t>(sspi::kMaxMessageBuffers * 3, 0)));
  EXPECT(!wellFormed(1, std::vector<uint32_t>((sspi::kMaxMessageBuffers + 1) * 3, 0)));
}

TEST("messages: the package gets every buffer in its place, and all sixteen") {
  auto context = begin();
  std::vector<uint32_t> triples;
  for (uint32_t i = 0; i < sspi::kMaxMessageBuffers; ++i) triples.insert(triples.end(), {SECBUFFER_DATA, i, 1});
  TestMessage message(sspi::kMaxMessageBuffers, triples);
  BYTE* const memory = message.memory();
  onMessage([memory](SecBufferDesc& seen) {
    EXPECT_EQ(seen.ulVersion, SECBUFFER_VERSION);
    EXPECT_EQ(seen.cBuffers, sspi::kMaxMessageBuffers);
    for (ULONG i = 0; i < seen.cBuffers; ++i) {
      EXPECT(seen.pBuffers[i].pvBuffer == memory + i);
      *static_cast<BYTE*>(seen.pBuffers[i].pvBuffer) = static_cast<BYTE>(i + 1);
    }
    return SEC_E_OK;
  });
  EXPECT_EQ(sspi::encryptMessage(*context->get(), message.get(), 0, 0), SEC_E_OK);
  for (size_t i = 0; i < sspi::kMaxMessageBuffers; ++i) EXPECT_EQ(message.memory()[i], i + 1);
}

TEST("messages: quality of protection and sequence number reach the right call") {
  auto context = begin();
  struct Seen {
    std::string call;
    ULONG qop;
    ULONG sequence;
  };
  std::vector<Seen> seen;
  script().message = [&seen](const char* call, SecBufferDesc&, ULONG& qop, ULONG sequence) {
    seen.push_back({call, qop, sequence});
    qop = 0x8000'0001;
    return SEC_E_OK;
  };
  TestMessage message(4, {SECBUFFER_DATA, 0, 4});
  EXPECT_EQ(sspi::encryptMessage(*context->get(), message.get(), 7, 1), SEC_E_OK);
  EXPECT_EQ(sspi::makeSignature(*context->get(), message.get(), 8, 2), SEC_E_OK);
  EXPECT_EQ(message.qop(), 0U);
  EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 3, false), SEC_E_OK);
  EXPECT_EQ(message.qop(), 0x8000'0001U);
  EXPECT_EQ(sspi::verifySignature(*context->get(), message.get(), 4), SEC_E_OK);
  EXPECT_EQ(seen.size(), 4U);
  EXPECT(seen[0].call == "EncryptMessage" && seen[0].qop == 7 && seen[0].sequence == 1);
  EXPECT(seen[1].call == "MakeSignature" && seen[1].qop == 8 && seen[1].sequence == 2);
  EXPECT(seen[2].call == "DecryptMessage" && seen[2].sequence == 3);
  EXPECT(seen[3].call == "VerifySignature" && seen[3].sequence == 4);
  const standin::OwnMemory own;
  script().message = nullptr;
}

TEST("messages: stream packages are asked for no quality of protection, and others are") {
  auto context = begin();
  onMessage([](SecBufferDesc&) { return SEC_E_OK; });
  for (const bool isStream : {true, false}) {
    const TestMessage message(4, {SECBUFFER_DATA, 0, 4});
    EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, isStream), SEC_E_OK);
    EXPECT_EQ(secur32::lastQopWasNull(), isStream);
    EXPECT_EQ(message.qop(), 0U);
  }
}

TEST("messages: a context is a stream package's as its legs say") {
  for (const bool isStream : {true, false}) {
    sspi::Context context(acquire());
    EXPECT(!context.isStream());
    sspi::LegInput given = input(bytes("token"));
    given.stream = isStream;
    play(leg(SEC_E_OK));
    context.accept(std::move(given));
    EXPECT_EQ(context.isStream(), isStream);
  }
}

TEST("messages: a quality of protection of the last call is not this one's") {
  auto context = begin();
  TestMessage message(4, {SECBUFFER_DATA, 0, 4});
  script().message = [](const char*, SecBufferDesc&, ULONG& qop, ULONG) {
    qop = 5;
    return SEC_E_OK;
  };
  sspi::decryptMessage(*context->get(), message.get(), 0, false);
  EXPECT_EQ(message.qop(), 5U);
  script().message = [](const char*, SecBufferDesc&, ULONG&, ULONG) { return SEC_E_MESSAGE_ALTERED; };
  EXPECT_EQ(sspi::verifySignature(*context->get(), message.get(), 0), SEC_E_MESSAGE_ALTERED);
  EXPECT_EQ(message.qop(), 0U);
}

TEST("messages: shorter tokens and paddings are written back") {
  auto context = begin();
  TestMessage message(40, {SECBUFFER_TOKEN, 0, 20, SECBUFFER_DATA, 20, 10, SECBUFFER_PADDING, 30, 10});
  onMessage([](SecBufferDesc& seen) {
    seen.pBuffers[0].cbBuffer = 13;
    seen.pBuffers[2].cbBuffer = 0;
    return SEC_E_OK;
  });
  EXPECT_EQ(sspi::encryptMessage(*context->get(), message.get(), 0, 0), SEC_E_OK);
  EXPECT_EQ(message.length(0), 13U);
  EXPECT_EQ(message.offset(1), 20U);
  EXPECT_EQ(message.length(1), 10U);
  EXPECT_EQ(message.length(2), 0U);
}

TEST("messages: the data of a stream is found inside the stream") {
  auto context = begin();
  TestMessage message(40, {SECBUFFER_STREAM, 0, 40, SECBUFFER_DATA, 0, 0});
  BYTE* const memory = message.memory();
  onMessage([memory](SecBufferDesc& seen) {
    seen.pBuffers[1] = {25, SECBUFFER_DATA, memory + 15};
    return SEC_E_OK;
  });
  EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_OK);
  EXPECT_EQ(message.offset(1), 15U);
  EXPECT_EQ(message.length(1), 25U);
}

TEST("messages: data that a package puts elsewhere is an error, not an address") {
  auto context = begin();
  const auto elsewhere = std::make_unique<BYTE[]>(64);
  TestMessage measure(40, {});
  const auto place = [&](BYTE* memory, int which) -> void* {
    const std::array<void*, 6> places = {elsewhere.get(),
                                         reinterpret_cast<void*>(0x10),
                                         nullptr,
                                         memory + 36,
                                         reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(memory) - 1),
                                         reinterpret_cast<void*>(~uintptr_t{0})};
    return places.at(static_cast<size_t>(which));
  };
  for (int which = 0; which < 6; ++which) {
    for (const bool failing : {false, true}) {
      TestMessage message(40, {SECBUFFER_STREAM, 0, 40, SECBUFFER_DATA, 0, 0});
      BYTE* const memory = message.memory();
      onMessage([&, which, failing, memory](SecBufferDesc& seen) {
        seen.pBuffers[1] = {5, SECBUFFER_DATA, place(memory, which)};
        return failing ? SEC_E_MESSAGE_ALTERED : SEC_E_OK;
      });
      EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false),
                failing ? SEC_E_MESSAGE_ALTERED : SEC_E_INTERNAL_ERROR);
      if (failing) EXPECT_EQ(message.length(1), 0U);
    }
  }
  const standin::OwnMemory own;
  script().message = nullptr;
}

TEST("messages: a length that runs past the memory is an error, however large") {
  auto context = begin();
  for (const ULONG length : {41U, 0x7FFF'FFFFU, 0xFFFF'FFFFU}) {
    TestMessage message(40, {SECBUFFER_STREAM, 0, 40, SECBUFFER_DATA, 0, 0});
    BYTE* const memory = message.memory();
    onMessage([=](SecBufferDesc& seen) {
      seen.pBuffers[1] = {length, SECBUFFER_DATA, memory};
      return SEC_E_OK;
    });
    EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_INTERNAL_ERROR);
  }
}

TEST("messages: empty buffers may point anywhere") {
  auto context = begin();
  TestMessage message(8, {SECBUFFER_DATA, 0, 8, SECBUFFER_EMPTY, 0, 0});
  onMessage([](SecBufferDesc& seen) {
    seen.pBuffers[1] = {0, SECBUFFER_EMPTY, reinterpret_cast<void*>(0x10)};
    return SEC_E_OK;
  });
  EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_OK);
  EXPECT_EQ(message.offset(1), 0U);
  EXPECT_EQ(message.length(1), 0U);
}

TEST("messages: unread bytes are the last of the input, wherever the package points") {
  auto context = begin();
  for (void* const wild : {static_cast<void*>(nullptr), reinterpret_cast<void*>(0x10)}) {
    TestMessage message(40, {SECBUFFER_DATA, 4, 30, SECBUFFER_EMPTY, 0, 0});
    onMessage([wild](SecBufferDesc& seen) {
      seen.pBuffers[1] = {7, SECBUFFER_EXTRA, wild};
      return SEC_E_OK;
    });
    EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_OK);
    EXPECT_EQ(message.type(1), SECBUFFER_EXTRA);
    EXPECT_EQ(message.offset(1), 27U);
    EXPECT_EQ(message.length(1), 7U);
  }
}

TEST("messages: more unread bytes than there were is an error") {
  auto context = begin();
  TestMessage message(40, {SECBUFFER_DATA, 0, 30, SECBUFFER_EMPTY, 0, 0});
  onMessage([](SecBufferDesc& seen) {
    seen.pBuffers[1] = {31, SECBUFFER_EXTRA, nullptr};
    return SEC_E_OK;
  });
  EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_INTERNAL_ERROR);
}

TEST("messages: a hint of missing bytes is not a place") {
  auto context = begin();
  TestMessage message(40, {SECBUFFER_DATA, 0, 40, SECBUFFER_EMPTY, 0, 0});
  onMessage([](SecBufferDesc& seen) {
    seen.pBuffers[1] = {1000, SECBUFFER_MISSING, nullptr};
    return SEC_E_INCOMPLETE_MESSAGE;
  });
  EXPECT_EQ(sspi::decryptMessage(*context->get(), message.get(), 0, false), SEC_E_INCOMPLETE_MESSAGE);
  EXPECT_EQ(message.type(1), SECBUFFER_MISSING);
  EXPECT(message.length(1) <= 40U);
}

TEST("messages: a message of no bytes and no buffers goes through") {
  auto context = begin();
  TestMessage message(0, {});
  onMessage([](SecBufferDesc& seen) { return seen.cBuffers == 0 ? SEC_E_OK : SEC_E_INVALID_TOKEN; });
  EXPECT_EQ(sspi::makeSignature(*context->get(), message.get(), 0, 0), SEC_E_OK);
  uint32_t slot = 9;
  const sspi::Message nothing{nullptr, 0, &slot, 0};
  EXPECT(sspi::isWellFormed(nothing));
  EXPECT_EQ(sspi::verifySignature(*context->get(), nothing, 0), SEC_E_OK);
  EXPECT_EQ(slot, 0U);
}

}  // namespace

}  // namespace rules
