#include "shape.h"

#include <string>

namespace sspi {

Shape::Shape(Napi::Env env, std::initializer_list<const char*> names) {
  std::string list;
  for (const char* name : names) list.append(list.empty() ? "" : ",").append(name);
  make_ = Napi::Persistent(env.RunScript("(" + list + ")=>({" + list + "})").As<Napi::Function>());
}

Napi::Value Shape::call(Napi::Env env, const napi_value* values, size_t count) const {
  napi_value object = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_call_function(env, env.Undefined(), make_.Value(), count, values, &object),
                       Napi::Value());
  return {env, object};
}

Shapes::Shapes(Napi::Env env)
    : leg(env, {"status", "token", "flags", "expiry", "unread", "missing", "attributes"}),
      attribute(env, {"status", "value"}),
      sizes(env, {"maxToken", "maxSignature", "blockSize", "securityTrailer"}),
      negotiation(env, {"package", "state"}),
      packageInfo(env, {"name", "comment", "capabilities", "version", "rpcId", "maxToken"}) {}

}  // namespace sspi
