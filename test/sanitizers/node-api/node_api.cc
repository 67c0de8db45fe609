#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "../stand-in/controls.h"
#include "environment.h"

namespace {

struct Value {
  napi_valuetype type = napi_object;
  std::string text;
  std::map<std::string, napi_value> properties;
  std::string state = "pending";  // a promise's
  // A function's.
  napi_callback call = nullptr;
  void* data = nullptr;
};

Value& asValue(napi_value value) { return *reinterpret_cast<Value*>(value); }

}  // namespace

struct napi_threadsafe_function__ {
  Environment::Internals* environment = nullptr;
  napi_threadsafe_function_call_js callJs = nullptr;
  void* context = nullptr;
  bool keepsAlive = true;
  // Below under the environment's mutex.
  std::deque<void*> queue;
  bool closing = false;
};

struct Environment::Internals {
  const std::thread::id thread = std::this_thread::get_id();
  std::mutex mutex;
  std::condition_variable called;
  std::deque<napi_threadsafe_function__> functions;
  int wakeUps = 0;  // under the mutex
  int scopes = 0;
  std::deque<Value> values;
  std::vector<napi_value> immediates;
  std::vector<std::function<void()>> finalizers;

  napi_value add(Value value) {
    values.push_back(std::move(value));
    return reinterpret_cast<napi_value>(&values.back());
  }

  // Under the mutex. In turn, as the event loop hears of them.
  napi_threadsafe_function__* nextCalled() {
    for (auto& function : functions) {
      if (!function.queue.empty()) return &function;
    }
    return nullptr;
  }

  void callFunction(napi_value function) {
    const Value& value = asValue(function);
    current = value.data;
    value.call(reinterpret_cast<napi_env>(this), nullptr);
  }
  void* current = nullptr;  // the data of the function that is being called
};

namespace {

Environment::Internals& of(napi_env env, const char* call) {
  auto& internals = *reinterpret_cast<Environment::Internals*>(env);
  if (std::this_thread::get_id() != internals.thread) {
    standin::violation(std::string(call) + " off the JavaScript thread");
  }
  return internals;
}

}  // namespace

Environment::Environment() : internals_(std::make_unique<Internals>()) {}

Environment::~Environment() {
  for (napi_threadsafe_function__& function : internals_->functions) {
    if (!function.closing) standin::violation("an environment that ends before its thread-safe function is released");
    for (void* const data : function.queue) function.callJs(nullptr, nullptr, function.context, data);
  }
  for (const auto& finalize : internals_->finalizers) finalize();
}

napi_env Environment::get() noexcept { return reinterpret_cast<napi_env>(internals_.get()); }

bool Environment::turn(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(internals_->mutex);
  const auto somethingToDo = [&] { return internals_->nextCalled() != nullptr || !internals_->immediates.empty(); };
  if (!internals_->called.wait_for(lock, patience, somethingToDo)) return false;
  if (napi_threadsafe_function__* const function = internals_->nextCalled()) {
    // As Node does it: calls that come while it works are served in the same turn.
    while (!function->queue.empty()) {
      void* const data = function->queue.front();
      function->queue.pop_front();
      if (function->closing) continue;
      lock.unlock();
      function->callJs(get(), nullptr, function->context, data);
      lock.lock();
    }
  }
  lock.unlock();
  // Those that they set are for the next turn.
  for (const napi_value immediate : std::exchange(internals_->immediates, {})) internals_->callFunction(immediate);
  return true;
}

int Environment::wakeUps() const {
  const std::lock_guard<std::mutex> lock(internals_->mutex);
  return internals_->wakeUps;
}

bool Environment::staysAlive() const {
  for (const auto& function : internals_->functions) {
    if (function.keepsAlive) return true;
  }
  return false;
}

std::string Environment::stateOf(napi_value promise) { return asValue(promise).state; }

napi_status napi_create_threadsafe_function(napi_env env, napi_value func, napi_value resource, napi_value name,
                                            size_t maxQueueSize, size_t threads, void* finalizeData,
                                            napi_finalize finalize, void* context,
                                            napi_threadsafe_function_call_js callJs, napi_threadsafe_function* result) {
  if (func != nullptr || resource != nullptr || name == nullptr || maxQueueSize != 0 || threads != 1 ||
      finalizeData != nullptr || finalize != nullptr) {
    standin::violation("napi_create_threadsafe_function as this stand-in does not know it");
  }
  Environment::Internals& internals = of(env, "napi_create_threadsafe_function");
  napi_threadsafe_function__& function = internals.functions.emplace_back();
  function.environment = &internals;
  function.callJs = callJs;
  function.context = context;
  *result = &function;
  return napi_ok;
}

napi_status napi_call_threadsafe_function(napi_threadsafe_function function, void* data,
                                          napi_threadsafe_function_call_mode mode) {
  const std::lock_guard<std::mutex> lock(function->environment->mutex);
  if (mode != napi_tsfn_nonblocking) standin::violation("a thread that waits for the event loop");
  if (function->closing) {
    standin::violation("napi_call_threadsafe_function after its release");
    return napi_closing;
  }
  function->queue.push_back(data);
  if (std::this_thread::get_id() != function->environment->thread) ++function->environment->wakeUps;
  function->environment->called.notify_all();
  return napi_ok;
}

napi_status napi_release_threadsafe_function(napi_threadsafe_function function,
                                             napi_threadsafe_function_release_mode mode) {
  const std::lock_guard<std::mutex> lock(function->environment->mutex);
  if (mode != napi_tsfn_abort) standin::violation("a release that lets other threads go on calling");
  if (function->closing) standin::violation("napi_release_threadsafe_function after its release");
  function->closing = true;
  return napi_ok;
}

napi_status napi_ref_threadsafe_function(napi_env env, napi_threadsafe_function function) {
  of(env, "napi_ref_threadsafe_function");
  const std::lock_guard<std::mutex> lock(function->environment->mutex);
  if (function->closing) standin::violation("napi_ref_threadsafe_function after its release");
  function->keepsAlive = true;
  return napi_ok;
}

napi_status napi_unref_threadsafe_function(napi_env env, napi_threadsafe_function function) {
  of(env, "napi_unref_threadsafe_function");
  const std::lock_guard<std::mutex> lock(function->environment->mutex);
  if (function->closing) standin::violation("napi_unref_threadsafe_function after its release");
  function->keepsAlive = false;
  return napi_ok;
}

napi_status napi_open_handle_scope(napi_env env, napi_handle_scope* scope) {
  ++of(env, "napi_open_handle_scope").scopes;
  *scope = nullptr;
  return napi_ok;
}

napi_status napi_close_handle_scope(napi_env env, napi_handle_scope) {
  if (--of(env, "napi_close_handle_scope").scopes < 0) standin::violation("a handle scope closed twice");
  return napi_ok;
}

napi_status napi_open_escapable_handle_scope(napi_env env, napi_escapable_handle_scope* scope) {
  *scope = nullptr;
  ++of(env, "napi_open_escapable_handle_scope").scopes;
  return napi_ok;
}

napi_status napi_close_escapable_handle_scope(napi_env env, napi_escapable_handle_scope) {
  return napi_close_handle_scope(env, nullptr);
}

napi_status napi_escape_handle(napi_env, napi_escapable_handle_scope, napi_value escapee, napi_value* result) {
  *result = escapee;
  return napi_ok;
}

napi_status napi_is_exception_pending(napi_env env, bool* result) {
  of(env, "napi_is_exception_pending");
  *result = false;
  return napi_ok;
}

napi_status napi_get_global(napi_env env, napi_value* result) {
  *result = of(env, "napi_get_global").add({});
  return napi_ok;
}

// Of the global object alone, which has one property.
napi_status napi_get_named_property(napi_env env, napi_value, const char* name, napi_value* result) {
  if (name != std::string("setImmediate")) standin::violation(std::string("a property that is not here: ") + name);
  *result = of(env, "napi_get_named_property").add({napi_function, name, {}, {}});
  return napi_ok;
}

napi_status napi_create_function(napi_env env, const char*, size_t, napi_callback call, void* data,
                                 napi_value* result) {
  *result = of(env, "napi_create_function").add({napi_function, {}, {}, {}, call, data});
  return napi_ok;
}

napi_status napi_add_finalizer(napi_env env, napi_value, void* data, napi_finalize finalize, void* hint, napi_ref*) {
  of(env, "napi_add_finalizer").finalizers.emplace_back([=] { finalize(env, data, hint); });
  return napi_ok;
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info, size_t* count, napi_value*, napi_value* self,
                             void** data) {
  if (count != nullptr) *count = 0;
  if (self != nullptr) *self = nullptr;
  if (data != nullptr) *data = of(env, "napi_get_cb_info").current;
  return napi_ok;
}

napi_status napi_call_function(napi_env env, napi_value, napi_value function, size_t count, const napi_value* arguments,
                               napi_value* result) {
  if (asValue(function).text != "setImmediate" || count != 1) standin::violation("a function that is not here");
  of(env, "napi_call_function").immediates.push_back(arguments[0]);
  if (result != nullptr) *result = nullptr;
  return napi_ok;
}

napi_status napi_get_undefined(napi_env env, napi_value* result) {
  *result = of(env, "napi_get_undefined").add({napi_undefined, {}, {}, {}});
  return napi_ok;
}

napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length, napi_value* result) {
  std::string copy = length == NAPI_AUTO_LENGTH ? std::string(text) : std::string(text, length);
  *result = of(env, "napi_create_string_utf8").add({napi_string, std::move(copy), {}, {}});
  return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char* text, size_t size, size_t* result) {
  of(env, "napi_get_value_string_utf8");
  const std::string& characters = asValue(value).text;
  if (text != nullptr) std::snprintf(text, size, "%s", characters.c_str());
  if (result != nullptr) *result = characters.size();
  return napi_ok;
}

napi_status napi_create_error(napi_env env, napi_value, napi_value message, napi_value* result) {
  *result = of(env, "napi_create_error").add({napi_object, asValue(message).text, {}, {}});
  return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object, const char* name, napi_value value) {
  of(env, "napi_set_named_property");
  asValue(object).properties[name] = value;
  return napi_ok;
}

napi_status napi_has_property(napi_env env, napi_value object, napi_value name, bool* result) {
  of(env, "napi_has_property");
  *result = asValue(object).properties.count(asValue(name).text) > 0;
  return napi_ok;
}

napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* result) {
  of(env, "napi_typeof");
  *result = asValue(value).type;
  return napi_ok;
}

napi_status napi_create_reference(napi_env env, napi_value value, uint32_t, napi_ref* result) {
  of(env, "napi_create_reference");
  *result = reinterpret_cast<napi_ref>(value);
  return napi_ok;
}

napi_status napi_get_reference_value(napi_env env, napi_ref reference, napi_value* result) {
  of(env, "napi_get_reference_value");
  *result = reinterpret_cast<napi_value>(reference);
  return napi_ok;
}

napi_status napi_delete_reference(napi_env env, napi_ref) {
  of(env, "napi_delete_reference");
  return napi_ok;
}

napi_status napi_create_promise(napi_env env, napi_deferred* deferred, napi_value* promise) {
  *promise = of(env, "napi_create_promise").add({});
  *deferred = reinterpret_cast<napi_deferred>(*promise);
  return napi_ok;
}

static void settle(napi_env env, napi_deferred deferred, std::string state) {
  of(env, "settling a promise");
  Value& promise = asValue(reinterpret_cast<napi_value>(deferred));
  if (promise.state != "pending") standin::violation("a promise settled twice");
  promise.state = std::move(state);
}

napi_status napi_resolve_deferred(napi_env env, napi_deferred deferred, napi_value) {
  settle(env, deferred, "resolved");
  return napi_ok;
}

napi_status napi_reject_deferred(napi_env env, napi_deferred deferred, napi_value reason) {
  const auto& properties = asValue(reason).properties;
  const auto code = properties.find("code");
  settle(env, deferred, code == properties.end() ? "rejected" : asValue(code->second).text);
  return napi_ok;
}
