#pragma once

#include "napi_setup.h"

namespace sspi {

// Keeps the process alive while anything holds it for its calls: it stays for a thread-safe function that is
// referenced. JavaScript thread only.
class KeepAlive {
 public:
  KeepAlive(napi_env env, napi_threadsafe_function function) noexcept : env_(env), function_(function) { unref(); }

  void hold() noexcept {
    if (holds_++ == 0 && !closed_) napi_ref_threadsafe_function(env_, function_);
  }
  void letGo() noexcept {
    if (--holds_ == 0 && !closed_) unref();
  }
  // Before the function is released.
  void close() noexcept { closed_ = true; }

 private:
  void unref() noexcept { napi_unref_threadsafe_function(env_, function_); }

  napi_env env_;
  napi_threadsafe_function function_;
  size_t holds_ = 0;
  bool closed_ = false;
};

}  // namespace sspi
