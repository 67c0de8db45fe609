#include "world.h"

namespace secur32 {

namespace {

// SECBUFFER_CHANNEL_BINDINGS_RESULT, as the second of two.
const SecBuffer* bindingsBuffer(const SecBufferDesc& output) {
  constexpr ULONG kChannelBindingsResult = 30;
  if (output.cBuffers != 2) return nullptr;
  const SecBuffer& second = output.pBuffers[1];
  return second.BufferType == kChannelBindingsResult && second.cbBuffer == sizeof(ULONG) ? &second : nullptr;
}

SeenLeg record(const char* call, const CtxtHandle* context, const SecBufferDesc* input, ULONG requested,
               const SecBufferDesc* output) {
  SeenLeg seen;
  seen.call = call;
  seen.first = context == nullptr;
  seen.requested = requested;
  if (output == nullptr || output->cBuffers == 0 || output->pBuffers[0].BufferType != SECBUFFER_TOKEN ||
      (output->cBuffers > 1 && bindingsBuffer(*output) == nullptr)) {
    standin::violation("an output that is not one token buffer, and perhaps one for the channel bindings");
  } else {
    seen.room = output->pBuffers[0].cbBuffer;
    seen.asksForBindings = output->cBuffers > 1;
  }
  if (input == nullptr) return seen;
  if (input->ulVersion != SECBUFFER_VERSION) standin::violation("an input descriptor of an unknown version");
  seen.input.emplace();
  for (ULONG i = 0; i < input->cBuffers; ++i) {
    const SecBuffer& buffer = input->pBuffers[i];
    const auto* bytes = static_cast<const BYTE*>(buffer.pvBuffer);
    seen.input->push_back(
        {buffer.BufferType, bytes != nullptr, bytes ? Bytes(bytes, bytes + buffer.cbBuffer) : Bytes()});
  }
  return seen;
}

void writeInput(const Leg& leg, SecBufferDesc* input) {
  constexpr int kScribble = 0xEE;
  if (input == nullptr) return;
  for (ULONG i = 0; leg.scribbles && i < input->cBuffers; ++i) {
    const SecBuffer& buffer = input->pBuffers[i];
    if (buffer.pvBuffer != nullptr) std::memset(buffer.pvBuffer, kScribble, buffer.cbBuffer);
  }
  for (ULONG i = 0; leg.reports && i < input->cBuffers; ++i) {
    if (input->pBuffers[i].BufferType != SECBUFFER_EMPTY) continue;
    input->pBuffers[i] = *leg.reports;
    break;
  }
}

void writeOutput(const Leg& leg, SecBuffer& output) {
  const Bytes& bytes = leg.token ? *leg.token : leg.stale;
  if (bytes.size() > output.cbBuffer) {
    standin::violation("a script whose token does not fit");
    return;
  }
  if (!bytes.empty()) std::memcpy(output.pvBuffer, bytes.data(), bytes.size());
  if (leg.token) output.cbBuffer = static_cast<ULONG>(leg.token->size());
  if (leg.wantsRoom) output.cbBuffer = *leg.wantsRoom;
}

void writeHandle(World& world, const Leg& leg, CredHandle* credential, CtxtHandle* context, CtxtHandle* newContext) {
  if (newContext == nullptr) {
    standin::violation("phNewContext is NULL");
    return;
  }
  if (leg.zeroesHandle) {
    if (context != nullptr) world.contexts.erase(context->dwLower);
    *newContext = {0, 0};
    return;
  }
  if (context != nullptr) {
    Context* const existing = findContext(world, context, "a leg");
    if (existing == nullptr) return;
    existing->credentials.insert(credential->dwLower);
    const ULONG_PTR number = context->dwLower;
    if (leg.rotates) ++existing->generation;
    *newContext = {number, existing->generation};
  } else if (leg.makesContext.value_or(leg.status >= 0)) {
    const ULONG_PTR number = kContextMark + ++world.lastNumber;
    world.contexts[number].credentials.insert(credential->dwLower);
    *newContext = {number, 1};
  } else if (leg.leavesGarbage) {
    *newContext = {0xBAD, 0xBAD};
  }
}

SECURITY_STATUS play(Entry& world, SeenLeg seen, CredHandle* credential, CtxtHandle* context, SecBufferDesc* input,
                     CtxtHandle* newContext, SecBufferDesc* output, ULONG* granted, TimeStamp* expiry) {
  world->calls.push_back(seen.call);
  world->legs.push_back(std::move(seen));
  if (!isCredential(*world, credential, "a leg")) return SEC_E_INVALID_HANDLE;
  Context* const existing = context == nullptr ? nullptr : findContext(*world, context, "a leg");
  if (context != nullptr && existing == nullptr) return SEC_E_INVALID_HANDLE;
  if (world->script.legs.empty()) {
    standin::violation("a leg that the script does not have");
    return SEC_E_OUT_OF_SEQUENCE;
  }
  const Leg leg = std::move(world->script.legs.front());
  world->script.legs.pop_front();
  if (leg.meanwhile) {
    if (existing != nullptr) existing->inUse = true;
    world.leaveFor(leg.meanwhile);
    if (existing != nullptr) existing->inUse = false;
  }
  writeInput(leg, input);
  writeOutput(leg, output->pBuffers[0]);
  if (const SecBuffer* bindings = bindingsBuffer(*output)) {
    std::memcpy(bindings->pvBuffer, &leg.bindingsResult, sizeof(ULONG));
  }
  writeHandle(*world, leg, credential, context, newContext);
  if (leg.flags) *granted = *leg.flags;
  if (leg.expiry) expiry->QuadPart = *leg.expiry;
  return leg.status;
}

}  // namespace

}  // namespace secur32

SECURITY_STATUS InitializeSecurityContextW(CredHandle* credential, CtxtHandle* context, wchar_t* target,
                                           ULONG requested, ULONG reserved1, ULONG representation, SecBufferDesc* input,
                                           ULONG reserved2, CtxtHandle* newContext, SecBufferDesc* output,
                                           ULONG* granted, TimeStamp* expiry) {
  secur32::Entry world;
  if (reserved1 != 0 || reserved2 != 0 || representation != SECURITY_NETWORK_DREP) {
    standin::violation("InitializeSecurityContextW with arguments it should not have");
  }
  secur32::SeenLeg seen = secur32::record("InitializeSecurityContextW", context, input, requested, output);
  if (target != nullptr) seen.target = target;
  return secur32::play(world, std::move(seen), credential, context, input, newContext, output, granted, expiry);
}

SECURITY_STATUS AcceptSecurityContext(CredHandle* credential, CtxtHandle* context, SecBufferDesc* input,
                                      ULONG requested, ULONG representation, CtxtHandle* newContext,
                                      SecBufferDesc* output, ULONG* granted, TimeStamp* expiry) {
  secur32::Entry world;
  if (representation != SECURITY_NETWORK_DREP)
    standin::violation("AcceptSecurityContext for another data representation");
  return secur32::play(world, secur32::record("AcceptSecurityContext", context, input, requested, output), credential,
                       context, input, newContext, output, granted, expiry);
}
