#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "../stand-in/controls.h"
#include "environment.h"

namespace {

struct Value {
  napi_valuetype type = napi_object;
  std::string text;
  std::map<std::string, napi_value> properties;
  std::string state = "pending";  // a promise's
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
  int scopes = 0;
  std::deque<Value> values;

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
}

napi_env Environment::get() noexcept { return reinterpret_cast<napi_env>(internals_.get()); }

bool Environment::turn(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(internals_->mutex);
  if (!internals_->called.wait_for(lock, patience, [&] { return internals_->nextCalled() != nullptr; })) return false;
  napi_threadsafe_function__& function = *internals_->nextCalled();
  // As Node does it: calls that come while it works are served in the same turn, and those of other functions later.
  while (!function.queue.empty()) {
    void* const data = function.queue.front();
    function.queue.pop_front();
    if (function.closing) continue;
    lock.unlock();
    function.callJs(get(), nullptr, function.context, data);
    lock.lock();
  }
  return true;
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
