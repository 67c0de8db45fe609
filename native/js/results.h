#pragma once

#include "../sspi/access_token.h"
#include "../sspi/context.h"
#include "../sspi/membership.h"
#include "napi_setup.h"

namespace sspi {

// Native results as the objects that lib/binding/binding.ts describes.

Napi::Value statusToJs(Napi::Env env, Status status);
Napi::Value packageListToJs(Napi::Env env, const PackageList& list);
Napi::Value packageQueryToJs(Napi::Env env, const PackageQuery& query);
Napi::Value legToJs(Napi::Env env, const LegResult& leg);
Napi::Value completionToJs(Napi::Env env, const CompletionResult& completion);
Napi::Value accessTokenToJs(Napi::Env env, const AccessTokenResult& result);
Napi::Value membershipToJs(Napi::Env env, const Membership& membership);
Napi::Value listToJs(Napi::Env env, const List& list);
Napi::Value attributeToJs(Napi::Env env, const Attribute& attribute);
Napi::Value attributesToJs(Napi::Env env, const std::vector<Attribute>& attributes);

Napi::Value millisecondsToJs(Napi::Env env, const std::optional<double>& milliseconds);

}  // namespace sspi
