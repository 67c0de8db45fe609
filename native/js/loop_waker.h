#pragma once

#include <functional>
#include <utility>

#include "../threads/clock.h"
#include "../threads/mutex.h"
#include "napi_setup.h"

namespace sspi {

// Wakes the event loop, so that the JavaScript thread looks for finished jobs. While it attends, which means that it is
// going to look anyway, nobody wakes it. It uses the runtime's lock.
class LoopWaker {
 public:
  // `look` is called on the JavaScript thread, which attends from the wake-up on until it leaves; the flag tells
  // whether the event loop has served everything else since the last time.
  LoopWaker(Napi::Env env, std::function<void(Napi::Env, bool)> look) : look_(std::move(look)) {
    NAPI_THROW_IF_FAILED_VOID(
        env, napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "sspi"), 0, 1, nullptr,
                                             nullptr, this, called, &function_));
    setImmediate_ = Napi::Persistent(env.Global().Get("setImmediate").As<Napi::Function>());
    lookNextTurn_ =
        Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& info) { turned(info.Env()); }));
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

  // Looks again when the JavaScript that was resumed has run: in the same turn of the event loop until the turn has
  // taken kLongestTurn, and then in the next one. False when a terminating environment refuses.
  bool lookAgain(Napi::Env env) noexcept {
    if (microsecondsNow() - turned_ < kLongestTurn) {
      // Node handles a call made by `look`, or by the JavaScript that it resumed, without going back to the event loop
      // (ThreadSafeFunction::Dispatch in its src/node_api.cc). Being woken for the next result takes much longer.
      return napi_call_threadsafe_function(function_, this, napi_tsfn_nonblocking) == napi_ok;
    }
    try {
      const Napi::HandleScope scope(env);
      setImmediate_.Call({lookNextTurn_.Value()});
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
    lookNextTurn_.Reset();
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
  }

 private:
  // In microseconds.
  static constexpr int64_t kLongestTurn = 500;

  // Without an environment, this is the last call of a function that is being finalised.
  static void called(napi_env env, napi_value /*callback*/, void* self, void* sameTurn) {
    if (env == nullptr) return;
    LoopWaker& waker = *static_cast<LoopWaker*>(self);
    if (sameTurn == nullptr) {
      waker.turned(env);
    } else {
      waker.look_(env, false);
    }
  }

  void turned(Napi::Env env) {
    turned_ = microsecondsNow();
    look_(env, true);
  }

  std::function<void(Napi::Env, bool)> look_;
  napi_threadsafe_function function_ = nullptr;
  Napi::FunctionReference setImmediate_;
  Napi::FunctionReference lookNextTurn_;
  int64_t turned_ = 0;
  size_t attending_ = 0;  // under the lock
};

}  // namespace sspi
