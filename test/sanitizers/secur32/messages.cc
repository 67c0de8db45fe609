#include "world.h"

namespace {

SECURITY_STATUS play(const char* call, CtxtHandle* context, SecBufferDesc* message, ULONG& qop, ULONG sequence) {
  const secur32::Entry world;
  world->calls.emplace_back(call);
  if (secur32::findContext(*world, context, call) == nullptr) return SEC_E_INVALID_HANDLE;
  if (!world->script.message) return SEC_E_UNSUPPORTED_FUNCTION;
  return world->script.message(call, *message, qop, sequence);
}

}  // namespace

SECURITY_STATUS EncryptMessage(CtxtHandle* context, ULONG qop, SecBufferDesc* message, ULONG sequence) {
  return play("EncryptMessage", context, message, qop, sequence);
}

SECURITY_STATUS DecryptMessage(CtxtHandle* context, SecBufferDesc* message, ULONG sequence, ULONG* qop) {
  ULONG none = 0;
  secur32::Entry()->lastQopWasNull = qop == nullptr;
  return play("DecryptMessage", context, message, qop == nullptr ? none : *qop, sequence);
}

SECURITY_STATUS MakeSignature(CtxtHandle* context, ULONG qop, SecBufferDesc* message, ULONG sequence) {
  return play("MakeSignature", context, message, qop, sequence);
}

SECURITY_STATUS VerifySignature(CtxtHandle* context, SecBufferDesc* message, ULONG sequence, ULONG* qop) {
  return play("VerifySignature", context, message, *qop, sequence);
}
