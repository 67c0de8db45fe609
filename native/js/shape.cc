#include "shape.h"

namespace sspi {

namespace {

std::vector<std::string> namesOf(const RecordKind& kind) {
  std::vector<std::string> names;
  for (const char* name : kind.names) {
    if (name != nullptr) names.emplace_back(name);
  }
  return names;
}

}  // namespace

Shape::Shape(Napi::Env env, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ",").append(name);
  make_ = Napi::Persistent(env.RunScript("(" + list + ")=>({" + list + "})").As<Napi::Function>());
}

Napi::Value Shape::call(Napi::Env env, const napi_value* values, size_t count) const {
  napi_value object = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_call_function(env, env.Undefined(), make_.Value(), count, values, &object),
                       Napi::Value());
  return {env, object};
}

Shapes::Shapes(Napi::Env env)
    : leg(env, {"status", "token", "flags", "expiry", "unread", "missing", "attributes", "bindingsResult"}),
      attribute(env, {"status", "value"}),
      tokenGroup(env, {"sid", "attributes"}),
      tokenPrivilege(env, {"name", "attributes"}),
      account(env, {"status", "sid", "name", "domain", "type"}) {}

const Shape& Shapes::of(Napi::Env env, const RecordKind& kind) {
  for (const auto& [known, shape] : ofRecords_) {
    if (known == &kind) return shape;
  }
  return ofRecords_.emplace_back(&kind, Shape(env, namesOf(kind))).second;
}

}  // namespace sspi
