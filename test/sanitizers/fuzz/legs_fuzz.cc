// Any sequence of calls on a context, and a package that answers with anything: handles are used and given back as
// SSPI's rules ask, and results say what the package said.

#include <algorithm>

#include "../../../native/sspi/context.h"
#include "fuzz.h"

namespace {

using fuzz::insist;
using sspi::Bytes;

Bytes someBytes(FuzzedDataProvider& data) {
  constexpr size_t kMost = 40;
  return data.ConsumeBytes<BYTE>(data.ConsumeIntegralInRange<size_t>(0, kMost));
}

sspi::LegInput makeInput(FuzzedDataProvider& data) {
  constexpr uint32_t kMostRoom = 50;
  sspi::LegInput input{};
  if (data.ConsumeBool()) input.token = someBytes(data);
  if (data.ConsumeBool()) input.channelBindings = someBytes(data);
  input.flags = data.ConsumeIntegral<uint32_t>();
  input.maxToken = data.ConsumeIntegralInRange<uint32_t>(0, kMostRoom);
  input.stream = data.ConsumeBool();
  while (data.ConsumeBool()) input.attributes.push_back(data.ConsumeIntegralInRange<uint32_t>(0, 16));
  return input;
}

secur32::Leg makeLeg(FuzzedDataProvider& data, uint32_t room) {
  secur32::Leg leg;
  leg.status = fuzz::status(data);
  Bytes token = someBytes(data);
  token.resize(std::min<size_t>(token.size(), room));
  if (data.ConsumeBool()) {
    leg.token = token;
  } else if (data.ConsumeBool()) {
    leg.stale = token;
  } else if (data.ConsumeBool()) {
    leg.wantsRoom = room + 1 + fuzz::length(data, room) % 100;
  }
  // Windows makes a context when a first call does not fail; with an incomplete message it may go either way.
  if (leg.status == SEC_E_INCOMPLETE_MESSAGE) leg.makesContext = data.ConsumeBool();
  leg.leavesGarbage = leg.status < 0 && leg.status != SEC_E_INCOMPLETE_MESSAGE && data.ConsumeBool();
  leg.rotates = data.ConsumeBool();
  if (data.ConsumeBool()) leg.flags = data.ConsumeIntegral<ULONG>();
  if (data.ConsumeBool()) {
    // Around 2024 in FILETIME's ticks, or anything.
    leg.expiry = data.ConsumeBool() ? 133'500'000'000'000'000 + data.ConsumeIntegral<int32_t>()
                                    : data.ConsumeIntegral<int64_t>();
  }
  if (data.ConsumeBool()) {
    leg.reports = SecBuffer{fuzz::length(data, 50), data.ConsumeBool() ? SECBUFFER_EXTRA : SECBUFFER_MISSING,
                            reinterpret_cast<void*>(data.ConsumeIntegral<uintptr_t>())};
  }
  leg.scribbles = data.ConsumeBool();
  return leg;
}

void checkLeg(const sspi::LegResult& result, const sspi::LegInput& input, const secur32::Leg& leg) {
  insist(result.status == leg.status, "the package's status is passed on");
  insist(result.token == leg.token, "a token is what the package wrote, and no token what it did not");
  insist(result.flags == leg.flags.value_or(0), "flags are those granted");
  insist(leg.status >= 0 || !result.expiry, "a failed call has no expiry");
  const auto& seen = secur32::seenLegs().back();
  insist(seen.input.has_value() == (input.token || input.channelBindings), "no input is no descriptor");
  insist(seen.requested == input.flags, "the flags asked for reach the package");
  const bool heard = leg.reports && input.token && input.stream;
  const auto reported = [&](ULONG type) {
    return heard && leg.reports->BufferType == type ? leg.reports->cbBuffer : 0;
  };
  insist(result.unread == reported(SECBUFFER_EXTRA), "unread bytes are those reported");
  insist(result.missing == reported(SECBUFFER_MISSING), "missing bytes are those reported");
  const size_t queried = leg.status == SEC_E_OK ? input.attributes.size() : 0;
  insist(result.attributes.size() == queried, "attributes are queried after SEC_E_OK only");
}

void runLeg(FuzzedDataProvider& data, sspi::Context& context, bool usable) {
  const sspi::LegInput input = makeInput(data);
  const secur32::Leg leg = makeLeg(data, input.maxToken);
  if (usable) secur32::script().legs.push_back(leg);
  const std::wstring target = L"HTTP/web.corp.test";
  const sspi::LegResult result =
      data.ConsumeBool() ? context.accept(input) : context.initialize(data.ConsumeBool() ? &target : nullptr, input);
  if (usable) {
    checkLeg(result, input, leg);
  } else {
    insist(result.status == SEC_E_INVALID_HANDLE, "a retired context makes no leg");
  }
}

void complete(FuzzedDataProvider& data, sspi::Context& context) {
  const SECURITY_STATUS given = fuzz::status(data);
  const ULONG length = fuzz::length(data, 40);
  secur32::script().complete = [=](SecBufferDesc& token) {
    token.pBuffers[0].cbBuffer = length;
    return given;
  };
  std::optional<Bytes> token;
  if (data.ConsumeBool()) token = someBytes(data);
  const std::optional<Bytes> before = token;
  const bool exists = context.get() != nullptr;
  const sspi::CompletionResult result = context.completeAuthToken(std::move(token), {SECPKG_ATTR_NAMES});
  insist(result.status == (exists ? given : SEC_E_INVALID_HANDLE), "CompleteAuthToken's status is passed on");
  if (!exists) return;
  insist(result.token.has_value() == before.has_value(), "a completed token stays one");
  if (before) insist(result.token->size() == std::min<size_t>(before->size(), length), "and never grows");
}

void answerAttributes(FuzzedDataProvider& data) {
  using secur32::allocateText;
  auto& attributes = secur32::script().attributes;
  const bool some = data.ConsumeBool();
  const auto text = [some](const wchar_t* characters) { return some ? allocateText(characters) : nullptr; };
  attributes[SECPKG_ATTR_NAMES] = [=](void* value) {
    static_cast<SecPkgContext_NamesW*>(value)->sUserName = text(L"alice");
    return SEC_E_OK;
  };
  attributes[SECPKG_ATTR_NATIVE_NAMES] = [=](void* value) {
    *static_cast<SecPkgContext_NativeNamesW*>(value) = {allocateText(L"client"), text(L"server")};
    return SEC_E_OK;
  };
  attributes[SECPKG_ATTR_SESSION_KEY] = [=](void* value) {
    constexpr ULONG kSize = 32;
    auto* const key = some ? static_cast<BYTE*>(secur32::allocate(kSize)) : nullptr;
    if (key != nullptr) std::memset(key, 1, kSize);
    *static_cast<SecPkgContext_SessionKey*>(value) = {kSize, key};
    return SEC_E_OK;
  };
  attributes[SECPKG_ATTR_PACKAGE_INFO] = [=](void* value) {
    SecPkgInfoW* const info = some ? secur32::allocatePackages({{L"Kerberos", L"comment", 1, 2}}) : nullptr;
    static_cast<SecPkgContext_PackageInfoW*>(value)->PackageInfo = info;
    return SEC_E_OK;
  };
}

std::shared_ptr<sspi::Credential> acquire() { return sspi::acquireCredentialsHandle({}).credential; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  secur32::reset();
  standin::setLocalTime(std::chrono::minutes(data.ConsumeIntegralInRange(-14 * 60, 14 * 60)));
  answerAttributes(data);
  {
    sspi::Context context(acquire());
    bool retired = false;
    constexpr int kMostCalls = 12;
    for (int i = 0; i < kMostCalls && data.remaining_bytes() > 0; ++i) {
      switch (data.ConsumeIntegralInRange(0, 9)) {
        case 0:
          context.retire();
          retired = true;
          insist(secur32::contextsAlive() == 0 && secur32::credentialsAlive() == 0, "retiring gives all back");
          break;
        case 1:
          context.useCredential(acquire());
          break;
        case 2:
          complete(data, context);
          break;
        default:
          runLeg(data, context, !retired);
      }
      insist(context.get() == nullptr || secur32::isContext(*context.get()),
             "the handle in hand is the one that is valid");
      insist(secur32::contextsAlive() == (context.get() == nullptr ? 0U : 1U), "no context is forgotten");
      insist(secur32::buffersAlive() == 0, "no buffer is forgotten");
    }
  }
  insist(secur32::contextsAlive() == 0 && secur32::credentialsAlive() == 0, "nothing is left");
  fuzz::insistNothingIsAmiss();
  return 0;
}
