#pragma once

#include <string>

#include "napi_setup.h"

namespace sspi {

// An Error that the TypeScript layer recognises by its code.
inline Napi::Error codedError(Napi::Env env, const char* code, const char* message) {
  const Napi::Error error = Napi::Error::New(env, message);
  error.Value().Set("code", Napi::String::New(env, code));
  return error;
}

// For arguments that the TypeScript layer should not have passed on. `Kind`: TypeError or RangeError.
template <class Kind = Napi::TypeError>
Kind invalidArgument(Napi::Env env, const std::string& message) {
  const Kind error = Kind::New(env, message);
  error.Value().Set("code", Napi::String::New(env, "ERR_SSPI_INVALID_ARGUMENT"));
  return error;
}

inline Napi::Error outOfResources(Napi::Env env) {
  return codedError(env, "ERR_SSPI_OUT_OF_RESOURCES", "the call could not be made: out of memory or threads");
}

}  // namespace sspi
