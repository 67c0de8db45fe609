#pragma once

#include <functional>
#include <utility>

#include "../threads/mutex.h"
#include "napi_setup.h"

namespace sspi {

// Wakes the event loop, so that the JavaScript thread looks for finished jobs. While it attends, which means that it is
// going to look anyway, nobody wakes it. It uses the runtime's lock.
class LoopWaker {
 public:
  // `look` is called on the JavaScript thread, which attends from the wake-up on until it leaves.
  LoopWaker(Napi::Env env, std::function<void(Napi::Env)> look) : look_(std::move(look)) {
    NAPI_THROW_IF_FAILED_VOID(
        env, napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "sspi"), 0, 1, nullptr,
                                             nullptr, this, called, &function_));
    setImmediate_ = Napi::Persistent(env.Global().Get("setImmediate").As<Napi::Function>());
    lookAgain_ =
        Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& info) { look_(info.Env()); }));
  }

  // Any thread.
  void wake(const Lock& lock) noexcept {
    if (attending_ > 0) return;
    attend(lock);
    napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  }

  // The rest: JavaScript thread.
  void attend(const Lock& /*held*/) noexcept { ++attending_; }
  void leave(const Lock& /*held*/) noexcept { --attending_; }

  // Lets the event loop serve everything else, and looks again in its next turn. It does not use another wake-up,
  // because calls made while `look` runs, or by the JavaScript that it starts, are handled in the same turn, up to a
  // thousand times (ThreadSafeFunction::Dispatch in Node's src/node_api.cc). False when a terminating environment
  // refuses.
  bool lookNextTurn(Napi::Env env) noexcept {
    try {
      const Napi::HandleScope scope(env);
      setImmediate_.Call({lookAgain_.Value()});
      return true;
    } catch (const Napi::Error&) {
      return false;
    }
  }

  // This keeps the process alive while it is referenced, which it is at first.
  napi_threadsafe_function function() const noexcept { return function_; }

  // When the environment ends. Nothing else is called afterwards.
  // Reset() is not declared noexcept, and throws for no reference that is its own:
  // NOLINTNEXTLINE(bugprone-exception-escape)
  void close(const Lock& /*held*/) noexcept {
    setImmediate_.Reset();
    lookAgain_.Reset();
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
  }

 private:
  // Without an environment, this is the last call of a function that is being finalised.
  static void called(napi_env env, napi_value /*callback*/, void* self, void* /*data*/) {
    if (env != nullptr) static_cast<LoopWaker*>(self)->look_(env);
  }

  std::function<void(Napi::Env)> look_;
  napi_threadsafe_function function_ = nullptr;
  Napi::FunctionReference setImmediate_;
  Napi::FunctionReference lookAgain_;
  size_t attending_ = 0;  // under the lock
};

}  // namespace sspi
