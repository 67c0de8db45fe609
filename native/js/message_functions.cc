#include "../sspi/handle_calls.h"
#include "arguments.h"
#include "coded_error.h"
#include "exports.h"
#include "functions.h"
#include "handle_arguments.h"
#include "results.h"

namespace sspi {

namespace {

Message toMessage(const Napi::CallbackInfo& info) {
  const View<BYTE> memory = toByteView(info[1]);
  const View<uint32_t> layout = toUint32View(info[2]);
  const Message message{memory.data, memory.length, layout.data, layout.length / 3};
  if (layout.length % 3 != 1 || !isWellFormed(message)) {
    throw invalidArgument<Napi::RangeError>(info.Env(), "the message layout does not fit the memory");
  }
  return message;
}

// info: context, memory, layout, [qop,] sequence
template <class Protect>
Napi::Value onMessage(const Napi::CallbackInfo& info, Protect protect) {
  const Napi::Env env = info.Env();
  Context& context = toContext(info[0])->useNow(env);
  const Message message = toMessage(info);
  return statusToJs(env, protect(context, message));
}

Napi::Value encrypt(const Napi::CallbackInfo& info) {
  return onMessage(info, [&](Context& context, const Message& message) {
    return encryptMessage(context, message, toUint32(info[3]), toUint32(info[4]));
  });
}

Napi::Value decrypt(const Napi::CallbackInfo& info) {
  return onMessage(info, [&](Context& context, const Message& message) {
    return decryptMessage(context, message, toUint32(info[3]));
  });
}

Napi::Value sign(const Napi::CallbackInfo& info) {
  return onMessage(info, [&](Context& context, const Message& message) {
    return makeSignature(context, message, toUint32(info[3]), toUint32(info[4]));
  });
}

Napi::Value verify(const Napi::CallbackInfo& info) {
  return onMessage(info, [&](Context& context, const Message& message) {
    return verifySignature(context, message, toUint32(info[3]));
  });
}

}  // namespace

void addMessageFunctions(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "encryptMessage", encrypt);
  addFunction(env, exports, "decryptMessage", decrypt);
  addFunction(env, exports, "makeSignature", sign);
  addFunction(env, exports, "verifySignature", verify);
}

}  // namespace sspi
