#include "results.h"

#include "environment.h"

namespace sspi {

namespace {

Napi::Value text(Napi::Env env, const std::wstring& characters) {
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(characters.data()), characters.size());
}

Napi::Value optionalText(Napi::Env env, const std::optional<std::wstring>& characters) {
  return characters ? text(env, *characters) : env.Undefined();
}

Napi::Value number(Napi::Env env, uint32_t value) { return Napi::Number::New(env, value); }

Napi::Value bytes(Napi::Env env, const BYTE* data, size_t size) {
  napi_value buffer = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_create_buffer_copy(env, size, data, nullptr, &buffer), Napi::Value());
  return {env, buffer};
}

Napi::Value optionalBytes(Napi::Env env, const std::optional<Bytes>& value) {
  return value ? bytes(env, value->data(), value->size()) : env.Undefined();
}

Napi::Value packageInfo(Napi::Env env, const PackageInfo& info) {
  return Environment::of(env).shapes.packageInfo.make(env, text(env, info.name), text(env, info.comment),
                                                      number(env, info.capabilities), number(env, info.version),
                                                      number(env, info.rpcId), number(env, info.maxToken));
}

Napi::Object withStatus(Napi::Env env, Status status) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", statusToJs(env, status));
  return object;
}

class AttributeToJs {
 public:
  explicit AttributeToJs(Napi::Env env) : env_(env), shapes_(Environment::of(env).shapes) {}

  Napi::Value operator()(const std::monostate&) const { return env_.Undefined(); }

  Napi::Value operator()(const Sizes& sizes) const {
    return shapes_.sizes.make(env_, number(env_, sizes.maxToken), number(env_, sizes.maxSignature),
                              number(env_, sizes.blockSize), number(env_, sizes.securityTrailer));
  }

  Napi::Value operator()(const StreamSizes& sizes) const {
    const Napi::Object object = Napi::Object::New(env_);
    object.Set("header", number(env_, sizes.header));
    object.Set("trailer", number(env_, sizes.trailer));
    object.Set("maxMessage", number(env_, sizes.maxMessage));
    object.Set("buffers", number(env_, sizes.buffers));
    object.Set("blockSize", number(env_, sizes.blockSize));
    return object;
  }

  Napi::Value operator()(const Lifespan& lifespan) const {
    const Napi::Object object = Napi::Object::New(env_);
    object.Set("start", millisecondsToJs(env_, lifespan.start));
    object.Set("expiry", millisecondsToJs(env_, lifespan.expiry));
    return object;
  }

  Napi::Value operator()(const std::wstring& name) const { return text(env_, name); }

  Napi::Value operator()(const PackageInfo& info) const { return packageInfo(env_, info); }

  Napi::Value operator()(const Negotiation& negotiation) const {
    const Napi::Value info = negotiation.package ? packageInfo(env_, *negotiation.package) : env_.Undefined();
    return shapes_.negotiation.make(env_, info, number(env_, negotiation.state));
  }

  Napi::Value operator()(const NativeNames& names) const {
    const Napi::Object object = Napi::Object::New(env_);
    object.Set("client", optionalText(env_, names.client));
    object.Set("server", optionalText(env_, names.server));
    return object;
  }

  Napi::Value operator()(const SessionKey& key) const { return bytes(env_, key.data(), key.size()); }

  Napi::Value operator()(uint32_t flags) const { return number(env_, flags); }

 private:
  Napi::Env env_;
  const Shapes& shapes_;
};

}  // namespace

Napi::Value statusToJs(Napi::Env env, Status status) { return number(env, static_cast<uint32_t>(status)); }

Napi::Value millisecondsToJs(Napi::Env env, const std::optional<double>& milliseconds) {
  return milliseconds ? Napi::Number::New(env, *milliseconds) : env.Undefined();
}

Napi::Value packageListToJs(Napi::Env env, const PackageList& list) {
  const Napi::Object object = withStatus(env, list.status);
  const Napi::Array packages = Napi::Array::New(env, list.packages.size());
  for (uint32_t i = 0; i < list.packages.size(); ++i) packages.Set(i, packageInfo(env, list.packages[i]));
  object.Set("packages", packages);
  return object;
}

Napi::Value packageQueryToJs(Napi::Env env, const PackageQuery& query) {
  const Napi::Object object = withStatus(env, query.status);
  object.Set("info", query.info ? packageInfo(env, *query.info) : env.Undefined());
  return object;
}

Napi::Value credentialNameToJs(Napi::Env env, const CredentialName& name) {
  const Napi::Object object = withStatus(env, name.status);
  object.Set("name", optionalText(env, name.name));
  return object;
}

Napi::Value attributesToJs(Napi::Env env, const std::vector<Attribute>& attributes) {
  const Napi::Array array = Napi::Array::New(env, attributes.size());
  const AttributeToJs toJs(env);
  for (uint32_t i = 0; i < attributes.size(); ++i) {
    const auto& [status, value] = attributes[i];
    array.Set(i, Environment::of(env).shapes.attribute.make(env, statusToJs(env, status), std::visit(toJs, value)));
  }
  return array;
}

Napi::Value accessTokenToJs(Napi::Env env, const AccessTokenResult& result) {
  const Napi::Object object = withStatus(env, result.status);
  if (!result.token) return object;
  const Napi::Object token = Napi::Object::New(env);
  token.Set("user", text(env, result.token->user));
  const Napi::Array groups = Napi::Array::New(env, result.token->groups.size());
  for (uint32_t i = 0; i < result.token->groups.size(); ++i) {
    const Napi::Object group = Napi::Object::New(env);
    group.Set("sid", text(env, result.token->groups[i].sid));
    group.Set("attributes", number(env, result.token->groups[i].attributes));
    groups.Set(i, group);
  }
  token.Set("groups", groups);
  token.Set("isPrimary", Napi::Boolean::New(env, result.token->isPrimary));
  token.Set("impersonationLevel", number(env, result.token->impersonationLevel));
  object.Set("token", token);
  return object;
}

Napi::Value legToJs(Napi::Env env, const LegResult& leg) {
  return Environment::of(env).shapes.leg.make(env, statusToJs(env, leg.status), optionalBytes(env, leg.token),
                                              number(env, leg.flags), millisecondsToJs(env, leg.expiry),
                                              number(env, leg.unread), number(env, leg.missing),
                                              attributesToJs(env, leg.attributes));
}

Napi::Value completionToJs(Napi::Env env, const CompletionResult& completion) {
  const Napi::Object object = withStatus(env, completion.status);
  object.Set("token", optionalBytes(env, completion.token));
  object.Set("attributes", attributesToJs(env, completion.attributes));
  return object;
}

}  // namespace sspi
