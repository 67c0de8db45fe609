// Any layout, and a package that answers with anything: no byte outside the message is touched, and what is said to
// lie inside it does.

#include "../../../native/sspi/message.h"

#include "../../../native/sspi/context.h"
#include "fuzz.h"

namespace {

using fuzz::insist;

struct Case {
  std::unique_ptr<BYTE[]> memory;
  std::unique_ptr<uint32_t[]> layout;
  sspi::Message message;

  uint32_t* triple(size_t i) const { return layout.get() + i * 3; }
};

Case makeCase(FuzzedDataProvider& data) {
  constexpr size_t kMostMemory = 300;
  const auto size = data.ConsumeIntegralInRange<size_t>(0, kMostMemory);
  const auto count = data.ConsumeIntegralInRange<size_t>(0, sspi::kMaxMessageBuffers + 2);
  // Exactly as large as they are said to be, so that AddressSanitizer sees the first byte beyond.
  Case made{std::make_unique<BYTE[]>(size), std::make_unique<uint32_t[]>(count * 3 + 1), {}};
  made.message = {made.memory.get(), size, made.layout.get(), count};
  const bool tame = data.ConsumeProbability<float>() < 0.7F;
  for (size_t i = 0; i < count; ++i) {
    uint32_t* const triple = made.triple(i);
    triple[0] = data.ConsumeIntegralInRange<uint32_t>(0, 16);
    triple[1] = tame ? data.ConsumeIntegralInRange<uint32_t>(0, static_cast<uint32_t>(size)) : fuzz::length(data, size);
    triple[2] = tame ? data.ConsumeIntegralInRange<uint32_t>(0, static_cast<uint32_t>(size) - triple[1])
                     : fuzz::length(data, size);
  }
  return made;
}

// In more bits than the code under test uses.
bool fits(const Case& made) {
  if (made.message.count > sspi::kMaxMessageBuffers) return false;
  for (size_t i = 0; i < made.message.count; ++i) {
    const unsigned __int128 end = static_cast<unsigned __int128>(made.triple(i)[1]) + made.triple(i)[2];
    if (end > made.message.size) return false;
  }
  return true;
}

void* place(FuzzedDataProvider& data, const Case& made, void* current) {
  const auto start = reinterpret_cast<uintptr_t>(made.memory.get());
  switch (data.ConsumeIntegralInRange(0, 6)) {
    case 0:
      return nullptr;
    case 1:
      return reinterpret_cast<void*>(data.ConsumeIntegral<uintptr_t>());
    case 2:
      return reinterpret_cast<void*>(start - 1);
    case 3:
      return reinterpret_cast<void*>(start + made.message.size + data.ConsumeIntegralInRange(0U, 1U));
    case 4:
      return reinterpret_cast<void*>(start + data.ConsumeIntegralInRange<size_t>(0, made.message.size));
    default:
      return current;
  }
}

// The package writes into all that it was given, and then says whatever it likes.
void answer(FuzzedDataProvider& data, const Case& made, SecBufferDesc& message) {
  insist(message.cBuffers == made.message.count, "all buffers reach the package");
  for (ULONG i = 0; i < message.cBuffers; ++i) {
    SecBuffer& buffer = message.pBuffers[i];
    std::memset(buffer.pvBuffer, 0xEE, buffer.cbBuffer);
  }
  for (ULONG i = 0; i < message.cBuffers; ++i) {
    SecBuffer& buffer = message.pBuffers[i];
    if (data.ConsumeBool()) continue;
    if (data.ConsumeBool()) buffer.BufferType = data.ConsumeIntegralInRange<ULONG>(0, 16);
    if (data.ConsumeBool()) buffer.cbBuffer = fuzz::length(data, made.message.size);
    buffer.pvBuffer = place(data, made, buffer.pvBuffer);
  }
}

void check(const Case& made, SECURITY_STATUS given, SECURITY_STATUS returned) {
  insist(returned == given || (given >= 0 && returned == SEC_E_INTERNAL_ERROR), "the package's status is passed on");
  if (returned < 0) return;
  for (size_t i = 0; i < made.message.count; ++i) {
    const size_t end = size_t{made.triple(i)[1]} + made.triple(i)[2];
    insist(end <= made.message.size, "after a success every buffer lies inside the message");
  }
}

SECURITY_STATUS call(int which, CtxtHandle& context, const sspi::Message& message) {
  switch (which) {
    case 0:
      return sspi::encryptMessage(context, message, 1, 2);
    case 1:
      return sspi::decryptMessage(context, message, 2, false);
    case 2:
      return sspi::makeSignature(context, message, 1, 2);
    default:
      return sspi::verifySignature(context, message, 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // One context serves all inputs.
  static sspi::Context* const context = [] {
    auto* const made = new sspi::Context(sspi::acquireCredentialsHandle({}).credential);
    secur32::script().legs.emplace_back();
    made->initialize(nullptr, {std::nullopt, std::nullopt, 0, 0, false, {}});
    return made;
  }();
  FuzzedDataProvider data(bytes, size);
  const int which = data.ConsumeIntegralInRange(0, 3);
  const Case made = makeCase(data);
  const bool good = sspi::isWellFormed(made.message);
  insist(good == fits(made), "a layout is well formed when it fits");
  if (!good) return 0;
  const SECURITY_STATUS given = fuzz::status(data);
  secur32::script().message = [&](const char*, SecBufferDesc& message, ULONG& qop, ULONG) {
    answer(data, made, message);
    qop = data.ConsumeIntegral<ULONG>();
    return given;
  };
  check(made, given, call(which, *context->get(), made.message));
  secur32::forgetCalls();
  fuzz::insistNothingIsAmiss();
  return 0;
}
