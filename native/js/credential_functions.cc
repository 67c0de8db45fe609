#include "../sspi/credential.h"
#include "arguments.h"
#include "exports.h"
#include "functions.h"
#include "handle_arguments.h"
#include "promise_job.h"
#include "results.h"

namespace sspi {

namespace {

std::optional<AuthIdentity> toIdentity(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  return AuthIdentity(toSecureText(object.Get("user")), toSecureText(object.Get("domain")),
                      toSecureText(object.Get("password")), toSecureText(object.Get("packageList")));
}

Napi::Value acquire(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  CredentialRequest request{toOptionalText(info[0]), toText(info[1]), toUint32(info[2]), toIdentity(info[3]),
                            ThreadToken::ofCallingThread()};
  return runOffThread(
      info.Env(), runtime,
      [given = std::move(request)]() mutable { return acquireCredentialsHandle(std::move(given)); },
      [runtime](Napi::Env env, const CredentialResult& result) {
        const Napi::Object object = Napi::Object::New(env);
        object.Set("status", statusToJs(env, result.status));
        object.Set("expiry", millisecondsToJs(env, result.expiry));
        object.Set("handle", result.credential
                                 ? wrapTagged(env, std::make_shared<CredentialBox>(runtime, result.credential))
                                 : env.Undefined());
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

Napi::Value queryName(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime,
      [credential = toCredential(info[0])->credential()] {
        return credential ? queryCredentialsName(*credential) : CredentialName{SEC_E_INVALID_HANDLE, std::nullopt};
      },
      credentialNameToJs);
}

}  // namespace

void addCredentialFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime) {
  addFunction(env, exports, "acquireCredentialsHandle",
              [runtime](const Napi::CallbackInfo& info) { return acquire(info, runtime); });
  addFunction(env, exports, "freeCredentialsHandle",
              [runtime](const Napi::CallbackInfo& info) { return free(info, runtime); });
  addFunction(env, exports, "dropCredential",
              [runtime](const Napi::CallbackInfo& info) { return drop(info, runtime); });
  addFunction(env, exports, "queryCredentialsName",
              [runtime](const Napi::CallbackInfo& info) { return queryName(info, runtime); });
}

}  // namespace sspi
