#pragma once

#include <cstdint>
#include <memory>

#include "coded_error.h"
#include "napi_setup.h"

namespace sspi {

// The tag of this copy of the library: a process may load several, also of different versions, and the objects of one
// are not laid out as those of another.
inline napi_type_tag tagOfThisCopy(napi_type_tag tag) noexcept {
  static const char anchor = 0;
  tag.upper ^= reinterpret_cast<uintptr_t>(&anchor);
  return tag;
}

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
  const napi_type_tag tag = tagOfThisCopy(T::kTypeTag);
  NAPI_THROW_IF_FAILED(env, napi_type_tag_object(env, object, &tag), Napi::Object());
  return object;
}

template <class T>
const std::shared_ptr<T>& unwrapTagged(const Napi::Value& value, const char* what) {
  const Napi::Env env = value.Env();
  bool tagged = false;
  void* data = nullptr;
  const napi_type_tag tag = tagOfThisCopy(T::kTypeTag);
  if (!value.IsObject() || napi_check_object_type_tag(env, value, &tag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, value, &data) != napi_ok) {
    throw invalidArgument(env, what);
  }
  return *static_cast<std::shared_ptr<T>*>(data);
}

}  // namespace sspi
