#pragma once

#include <memory>
#include <utility>

#include "napi_setup.h"
#include "runtime.h"

namespace sspi {

// Puts a function of the binding on the addon's exports. The closure lives as long as the environment.
template <class Function>
void addFunction(Napi::Env env, Napi::Object exports, const char* name, Function function) {
  exports.Set(name, Napi::Function::New(env, std::move(function), name));
}

}  // namespace sspi
