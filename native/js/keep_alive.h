#pragma once

#include "napi_setup.h"

namespace sspi {

// Keeps the process alive while anything references it for its calls; the process does not exit while a thread-safe
// function is referenced. JavaScript thread only.
class KeepAlive {
 public:
  KeepAlive(napi_env env, napi_threadsafe_function function) noexcept : env_(env), function_(function) {
    unrefFunction();
  }

  void ref() noexcept {
    if (refs_++ == 0 && !closed_) napi_ref_threadsafe_function(env_, function_);
  }
  void unref() noexcept {
    if (--refs_ == 0 && !closed_) unrefFunction();
  }
  // Before the function is released.
  void close() noexcept { closed_ = true; }

 private:
  void unrefFunction() noexcept { napi_unref_threadsafe_function(env_, function_); }

  napi_env env_;
  napi_threadsafe_function function_;
  size_t refs_ = 0;
  bool closed_ = false;
};

}  // namespace sspi
