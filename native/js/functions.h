#pragma once

#include <memory>

#include "runtime.h"

namespace sspi {

// Each puts some of the functions of lib/binding/binding.ts on the addon's exports.
void addPackageFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);
void addCredentialFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);
void addContextFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);
void addMessageFunctions(Napi::Env env, Napi::Object exports);
void addIdentityFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);

}  // namespace sspi
