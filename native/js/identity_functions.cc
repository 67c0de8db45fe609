#include "functions.h"

#include "../lsa/accounts.h"
#include "../sspi/handle_calls.h"
#include "arguments.h"
#include "exports.h"
#include "handle_arguments.h"
#include "results.h"

namespace sspi {

namespace {

Napi::Value queryContextToken(const Napi::CallbackInfo& info) {
  return toContext(info[0])->run(
      info.Env(), [](Context& context) { return querySecurityContextToken(context); }, accessTokenToJs);
}

Napi::Value checkMembership(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  Bytes sid = toSid(info[1]);
  if (info[0].IsUndefined()) {
    return runOffThread(
        info.Env(), runtime, [given = std::move(sid)]() mutable { return checkProcessMembership(std::move(given)); },
        membershipToJs);
  }
  return toContext(info[0])->run(
      info.Env(),
      [given = std::move(sid)](Context& context) mutable { return checkContextMembership(context, std::move(given)); },
      membershipToJs);
}

Napi::Value queryOwnToken(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(info.Env(), runtime, queryProcessToken, accessTokenToJs);
}

Napi::Value lookupSids(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(info.Env(), runtime, [sids = toSidList(info[0])] { return lookupAccountSids(sids); }, listToJs);
}

Napi::Value lookupNames(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime, [names = toTextList(info[0])] { return lookupAccountNames(names); }, listToJs);
}

}  // namespace

void addIdentityFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime) {
  addFunction(env, exports, "querySecurityContextToken", queryContextToken);
  addFunction(env, exports, "queryProcessToken", queryOwnToken, runtime);
  addFunction(env, exports, "checkTokenMembership", checkMembership, runtime);
  addFunction(env, exports, "lookupAccountSids", lookupSids, runtime);
  addFunction(env, exports, "lookupAccountNames", lookupNames, runtime);
}

}  // namespace sspi
