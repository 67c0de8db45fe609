#pragma once

#include <memory>

#include "napi_setup.h"
#include "runtime.h"

namespace sspi {

using Function = Napi::Value (*)(const Napi::CallbackInfo& info);
using RuntimeFunction = Napi::Value (*)(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime);

// Puts a function of the binding on the addon's exports, for as long as the environment lives.
void addFunction(Napi::Env env, Napi::Object exports, const char* name, Function function);
void addFunction(Napi::Env env, Napi::Object exports, const char* name, RuntimeFunction function,
                 const std::shared_ptr<Runtime>& runtime);

}  // namespace sspi
