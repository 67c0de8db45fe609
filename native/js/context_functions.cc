#include "../sspi/handle_calls.h"
#include "arguments.h"
#include "exports.h"
#include "functions.h"
#include "handle_arguments.h"
#include "results.h"

namespace sspi {

namespace {

Napi::Value create(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return wrapTagged(info.Env(), std::make_shared<ContextBox>(runtime, toCredential(info[0])->credential()));
}

Napi::Value initializeSecurityContext(const Napi::CallbackInfo& info) {
  const std::shared_ptr<ContextBox>& box = toContext(info[0]);
  LegInput input{toOptionalBytes(info[3]), toOptionalBytes(info[4]), toUint32(info[2]),
                 toUint32(info[5]),        toBoolean(info[6]),       toUint32List(info[7])};
  return box->run(
      info.Env(),
      [target = toOptionalText(info[1]), given = std::move(input)](Context& context) mutable {
        return context.initialize(target ? &*target : nullptr, std::move(given));
      },
      legToJs);
}

Napi::Value acceptSecurityContext(const Napi::CallbackInfo& info) {
  const std::shared_ptr<ContextBox>& box = toContext(info[0]);
  LegInput input{toOptionalBytes(info[2]), toOptionalBytes(info[3]), toUint32(info[1]),         toUint32(info[4]),
                 toBoolean(info[5]),       toUint32List(info[6]),    toOptionalBoolean(info[7])};
  return box->run(
      info.Env(), [given = std::move(input)](Context& context) mutable { return context.accept(std::move(given)); },
      legToJs);
}

Napi::Value completeAuthToken(const Napi::CallbackInfo& info) {
  const std::shared_ptr<ContextBox>& box = toContext(info[0]);
  return box->run(
      info.Env(),
      [token = toOptionalBytes(info[1]), attributes = toUint32List(info[2])](Context& context) mutable {
        return context.completeAuthToken(std::move(token), attributes);
      },
      completionToJs);
}

Napi::Value deleteSecurityContext(const Napi::CallbackInfo& info) { return toContext(info[0])->retire(info.Env()); }

Napi::Value drop(const Napi::CallbackInfo& info) {
  toContext(info[0])->drop();
  return info.Env().Undefined();
}

Napi::Value useCredential(const Napi::CallbackInfo& info) {
  toContext(info[0])->useNow(info.Env()).useCredential(toCredential(info[1])->credential());
  return info.Env().Undefined();
}

Napi::Value queryAttributes(const Napi::CallbackInfo& info) {
  return toContext(info[0])->run(
      info.Env(),
      [attributes = toUint32List(info[1])](Context& context) { return queryContextAttributes(context, attributes); },
      attributesToJs);
}

Napi::Value queryAttributesSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return attributesToJs(env, queryContextAttributes(toContext(info[0])->useNow(env), toUint32List(info[1])));
}

Napi::Value runAsClient(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // The callback may dispose of the box, but not of the context while it is impersonated.
  const std::shared_ptr<ContextBox> box = toContext(info[0]);
  Context& context = box->useNow(env);
  const Napi::Function callback = toFunction(info[1]);

  const ContextBox::Use use(*box);
  Napi::Value result = env.Undefined();
  const Status status = impersonate(context, [&] { result = callback.Call({}); });
  const Napi::Object outcome = Napi::Object::New(env);
  outcome.Set("status", statusToJs(env, status));
  outcome.Set("result", result);
  return outcome;
}

}  // namespace

void addContextFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime) {
  addFunction(env, exports, "createContext", create, runtime);
  addFunction(env, exports, "initializeSecurityContext", initializeSecurityContext);
  addFunction(env, exports, "acceptSecurityContext", acceptSecurityContext);
  addFunction(env, exports, "completeAuthToken", completeAuthToken);
  addFunction(env, exports, "deleteSecurityContext", deleteSecurityContext);
  addFunction(env, exports, "dropContext", drop);
  addFunction(env, exports, "useCredential", useCredential);
  addFunction(env, exports, "queryContextAttributes", queryAttributes);
  addFunction(env, exports, "queryContextAttributesSync", queryAttributesSync);
  addFunction(env, exports, "impersonate", runAsClient);
}

}  // namespace sspi
