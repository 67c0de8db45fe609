#pragma once

#include <memory>

#include "napi_setup.h"

namespace sspi {

// To JavaScript a handle is an object that it can only pass back. The tag proves that an object is one of ours and of
// the right kind before its pointer is used: napi_unwrap alone would accept any wrapped object.
template <class T>
Napi::Object wrapTagged(Napi::Env env, std::shared_ptr<T> value) {
  const Napi::Object object = Napi::Object::New(env);
  auto holder = std::make_unique<std::shared_ptr<T>>(std::move(value));
  const auto finalize = [](napi_env, void* data, void*) noexcept {
    const std::unique_ptr<std::shared_ptr<T>> held(static_cast<std::shared_ptr<T>*>(data));
  };
  NAPI_THROW_IF_FAILED(env, napi_wrap(env, object, holder.get(), finalize, nullptr, nullptr), Napi::Object());
  (void)holder.release();
  NAPI_THROW_IF_FAILED(env, napi_type_tag_object(env, object, &T::kTypeTag), Napi::Object());
  return object;
}

template <class T>
const std::shared_ptr<T>& unwrapTagged(const Napi::Value& value, const char* what) {
  const Napi::Env env = value.Env();
  bool tagged = false;
  void* data = nullptr;
  if (!value.IsObject() || napi_check_object_type_tag(env, value, &T::kTypeTag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, value, &data) != napi_ok) {
    throw Napi::TypeError::New(env, what);
  }
  return *static_cast<std::shared_ptr<T>*>(data);
}

}  // namespace sspi
