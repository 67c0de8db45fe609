#include "shape.h"

#include <string>

namespace sspi {

Shape::Shape(Napi::Env env, const char* names) {
  const std::string list(names);
  make_ = Napi::Persistent(env.RunScript("(" + list + ")=>({" + list + "})").As<Napi::Function>());
}

Napi::Value Shape::call(Napi::Env env, const napi_value* values, size_t count) const {
  napi_value object = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_call_function(env, env.Undefined(), make_.Value(), count, values, &object),
                       Napi::Value());
  return {env, object};
}

Shapes::Shapes(Napi::Env env)
    : leg(env, "status,token,flags,expiry,unread,missing,attributes,bindingsResult"), attribute(env, "status,value") {}

const Shape& Shapes::of(Napi::Env env, const RecordKind& kind) {
  for (const auto& [known, shape] : ofRecords_) {
    if (known == &kind) return shape;
  }
  return ofRecords_.emplace_back(&kind, Shape(env, kind.names)).second;
}

}  // namespace sspi
