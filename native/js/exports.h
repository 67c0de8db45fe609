#pragma once

#include <memory>
#include <new>
#include <utility>

#include "coded_error.h"
#include "napi_setup.h"
#include "runtime.h"

namespace sspi {

// Puts a function of the binding on the addon's exports. The closure lives as long as the environment.
template <class Function>
void addFunction(Napi::Env env, Napi::Object exports, const char* name, Function function) {
  const auto guarded = [call = std::move(function)](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      return call(info);
    } catch (const std::bad_alloc&) {
      // An argument that is too large for what memory there is: napi.h would let this end the process.
      throw outOfResources(info.Env());
    }
  };
  exports.Set(name, Napi::Function::New(env, guarded, name));
}

}  // namespace sspi
