#include "results.h"

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

Napi::Object packageInfo(Napi::Env env, const PackageInfo& info) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("name", text(env, info.name));
  object.Set("comment", text(env, info.comment));
  object.Set("capabilities", number(env, info.capabilities));
  object.Set("version", number(env, info.version));
  object.Set("rpcId", number(env, info.rpcId));
  object.Set("maxToken", number(env, info.maxToken));
  return object;
}

Napi::Object withStatus(Napi::Env env, Status status) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", statusToJs(env, status));
  return object;
}

class AttributeToJs {
 public:
  explicit AttributeToJs(Napi::Env env) : env_(env) {}

  Napi::Value operator()(const std::monostate&) const { return env_.Undefined(); }

  Napi::Value operator()(const Sizes& sizes) const {
    const Napi::Object object = Napi::Object::New(env_);
    object.Set("maxToken", number(env_, sizes.maxToken));
    object.Set("maxSignature", number(env_, sizes.maxSignature));
    object.Set("blockSize", number(env_, sizes.blockSize));
    object.Set("securityTrailer", number(env_, sizes.securityTrailer));
    return object;
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
    const Napi::Object object = Napi::Object::New(env_);
    object.Set("package", negotiation.package ? packageInfo(env_, *negotiation.package) : env_.Undefined());
    object.Set("state", number(env_, negotiation.state));
    return object;
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
  for (uint32_t i = 0; i < attributes.size(); ++i) {
    const Napi::Object object = withStatus(env, attributes[i].status);
    object.Set("value", std::visit(AttributeToJs(env), attributes[i].value));
    array.Set(i, object);
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
  const Napi::Object object = withStatus(env, leg.status);
  object.Set("token", optionalBytes(env, leg.token));
  object.Set("flags", number(env, leg.flags));
  object.Set("expiry", millisecondsToJs(env, leg.expiry));
  object.Set("unread", number(env, leg.unread));
  object.Set("missing", number(env, leg.missing));
  object.Set("attributes", attributesToJs(env, leg.attributes));
  return object;
}

Napi::Value completionToJs(Napi::Env env, const CompletionResult& completion) {
  const Napi::Object object = withStatus(env, completion.status);
  object.Set("token", optionalBytes(env, completion.token));
  object.Set("attributes", attributesToJs(env, completion.attributes));
  return object;
}

}  // namespace sspi
