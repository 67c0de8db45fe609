#include "../sspi/handle_calls.h"
#include "../sspi/packed_identity.h"
#include "arguments.h"
#include "exports.h"
#include "functions.h"
#include "handle_arguments.h"
#include "promise_job.h"
#include "results.h"

namespace sspi {

namespace {

AuthIdentity toGivenIdentity(const Napi::Value& value) {
  const Napi::Object object = toObject(value);
  const Napi::Value isPacked = object.Get("isPacked");
  return {toSecureText(object.Get("user")), toSecureText(object.Get("domain")), toPassword(object.Get("password")),
          toSecureText(object.Get("packageList")), isPacked.IsBoolean() && toBoolean(isPacked)};
}

std::optional<AuthIdentity> toIdentity(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  return toGivenIdentity(value);
}

// From the argument with the principal on: principal, package, use, identity.
CredentialRequest toRequest(const Napi::CallbackInfo& info, size_t first) {
  return {toOptionalText(info[first]), toText(info[first + 1]), toUint32(info[first + 2]), toIdentity(info[first + 3]),
          ThreadToken::ofCallingThread()};
}

Napi::Object credentialToJs(Napi::Env env, const std::shared_ptr<Runtime>& runtime, const CredentialResult& result) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", statusToJs(env, result.status));
  object.Set("expiry", millisecondsToJs(env, result.expiry));
  object.Set("handle", result.credential ? wrapTagged(env, std::make_shared<CredentialBox>(runtime, result.credential))
                                         : env.Undefined());
  return object;
}

Napi::Value acquire(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime,
      [given = toRequest(info, 0)]() mutable { return acquireCredentialsHandle(std::move(given)); },
      [runtime](Napi::Env env, const CredentialResult& result) { return credentialToJs(env, runtime, result); });
}

Napi::Value acquireForClient(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return toContext(info[0])->run(
      info.Env(),
      [leastLevel = toUint32(info[1]), request = toRequest(info, 2)](Context& context) mutable {
        return acquireAsClient(context, leastLevel, std::move(request));
      },
      [runtime](Napi::Env env, const DelegationResult& result) {
        const Napi::Object object = credentialToJs(env, runtime, result.credential);
        if (result.level) object.Set("impersonationLevel", Napi::Number::New(env, *result.level));
        return object;
      });
}

Napi::Value free(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime,
      [credential = toCredential(info[0])->giveUp()]() mutable {
        credential.reset();
        return true;
      },
      [](Napi::Env env, bool) { return env.Undefined(); });
}

Napi::Value drop(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  runtime->releaseOnPool(toCredential(info[0])->giveUp());
  return info.Env().Undefined();
}

Napi::Value queryAttribute(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime,
      [credential = toCredential(info[0])->credential(), attribute = toUint32(info[1])] {
        return queryCredentialsAttribute(credential, attribute);
      },
      attributeToJs);
}

Napi::Value textToJs(Napi::Env env, const AuthIdentity::Text& text) {
  if (!text) return env.Undefined();
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(text->data()), text->size() - 1);
}

Napi::Value packedToJs(Napi::Env env, const PackedIdentity& packed) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", statusToJs(env, packed.status));
  object.Set("user", textToJs(env, packed.user));
  object.Set("domain", textToJs(env, packed.domain));
  object.Set("credentials", textToJs(env, packed.credentials));
  return object;
}

Napi::Value pack(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime,
      [given = toGivenIdentity(info[0])]() mutable { return encodeAuthIdentityAsStrings(std::move(given)); },
      packedToJs);
}

}  // namespace

void addCredentialFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime) {
  addFunction(env, exports, "acquireCredentialsHandle", acquire, runtime);
  addFunction(env, exports, "freeCredentialsHandle", free, runtime);
  addFunction(env, exports, "dropCredential", drop, runtime);
  addFunction(env, exports, "acquireCredentialsHandleForClient", acquireForClient, runtime);
  addFunction(env, exports, "queryCredentialsAttribute", queryAttribute, runtime);
  addFunction(env, exports, "encodeAuthIdentityAsStrings", pack, runtime);
}

}  // namespace sspi
