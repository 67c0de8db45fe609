#include "results.h"

#include <array>

#include "environment.h"

namespace sspi {

namespace {

Napi::Value text(Napi::Env env, const std::wstring& characters) {
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(characters.data()), characters.size());
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

Napi::Value boolean(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }

Napi::Object withStatus(Napi::Env env, Status status) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", statusToJs(env, status));
  return object;
}

// Looks up the shapes once for each result.
class Converter {
 public:
  explicit Converter(Napi::Env env) : env_(env), shapes_(Environment::of(env).shapes) {}

  Napi::Value packageInfo(const PackageInfo& info) const {
    return shapes_.of(env_, kPackageInfo)
        .make(env_, text(env_, info.name), text(env_, info.comment), number(env_, info.capabilities),
              number(env_, info.version), number(env_, info.rpcId), number(env_, info.maxToken));
  }

  Napi::Value attribute(const Attribute& attribute) const {
    return shapes_.attribute.make(env_, statusToJs(env_, attribute.status), (*this)(attribute.value));
  }

  Napi::Value attributes(const std::vector<Attribute>& attributes) const {
    const Napi::Array array = Napi::Array::New(env_, attributes.size());
    for (uint32_t i = 0; i < attributes.size(); ++i) array.Set(i, attribute(attributes[i]));
    return array;
  }

  Napi::Value leg(const LegResult& leg) const {
    return shapes_.leg.make(env_, statusToJs(env_, leg.status), optionalBytes(env_, leg.token), number(env_, leg.flags),
                            millisecondsToJs(env_, leg.expiry), number(env_, leg.unread), number(env_, leg.missing),
                            attributes(leg.attributes),
                            leg.bindingsResult == 0 ? env_.Undefined() : number(env_, leg.bindingsResult));
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the value is, which is a few levels
  Napi::Value operator()(const Value& value) const { return std::visit(*this, value.held); }

  Napi::Value operator()(const std::monostate&) const { return env_.Undefined(); }
  Napi::Value operator()(bool value) const { return boolean(env_, value); }
  Napi::Value operator()(uint32_t value) const { return number(env_, value); }
  Napi::Value operator()(int64_t value) const { return Napi::BigInt::New(env_, value); }
  Napi::Value operator()(uint64_t value) const { return Napi::BigInt::New(env_, value); }
  Napi::Value operator()(double value) const { return Napi::Number::New(env_, value); }
  Napi::Value operator()(const std::wstring& value) const { return text(env_, value); }
  Napi::Value operator()(const ValueBytes& value) const { return bytes(env_, value.data(), value.size()); }

  // As deep as the value is, which is a few levels: NOLINTBEGIN(misc-no-recursion)
  Napi::Value operator()(const Record& record) const {
    std::array<napi_value, kMostFields> fields{};
    for (size_t i = 0; i < record.fields.size(); ++i) fields.at(i) = (*this)(record.fields[i]);
    return shapes_.of(env_, *record.kind).call(env_, fields.data(), record.fields.size());
  }

  Napi::Value operator()(const List& list) const {
    const Napi::Array array = Napi::Array::New(env_, list.size());
    for (uint32_t i = 0; i < list.size(); ++i) {
      // One handle scope for each, because a token may have a thousand groups.
      const Napi::HandleScope scope(env_);
      array.Set(i, (*this)(list[i]));
    }
    return array;
  }
  // NOLINTEND(misc-no-recursion)

 private:
  static constexpr size_t kMostFields = 12;

  Napi::Env env_;
  Shapes& shapes_;
};

}  // namespace

Napi::Value statusToJs(Napi::Env env, Status status) { return number(env, static_cast<uint32_t>(status)); }

Napi::Value millisecondsToJs(Napi::Env env, const std::optional<double>& milliseconds) {
  return milliseconds ? Napi::Number::New(env, *milliseconds) : env.Undefined();
}

Napi::Value packageListToJs(Napi::Env env, const PackageList& list) {
  const Napi::Object object = withStatus(env, list.status);
  const Napi::Array packages = Napi::Array::New(env, list.packages.size());
  const Converter converter(env);
  for (uint32_t i = 0; i < list.packages.size(); ++i) packages.Set(i, converter.packageInfo(list.packages[i]));
  object.Set("packages", packages);
  return object;
}

Napi::Value packageQueryToJs(Napi::Env env, const PackageQuery& query) {
  const Napi::Object object = withStatus(env, query.status);
  object.Set("info", query.info ? Converter(env).packageInfo(*query.info) : env.Undefined());
  return object;
}

Napi::Value attributeToJs(Napi::Env env, const Attribute& attribute) { return Converter(env).attribute(attribute); }

Napi::Value attributesToJs(Napi::Env env, const std::vector<Attribute>& attributes) {
  return Converter(env).attributes(attributes);
}

Napi::Value accessTokenToJs(Napi::Env env, const AccessTokenResult& result) {
  const Napi::Object object = withStatus(env, result.status);
  object.Set("token", Converter(env)(result.token));
  return object;
}

Napi::Value membershipToJs(Napi::Env env, const Membership& membership) {
  const Napi::Object object = withStatus(env, membership.status);
  object.Set("isMember", boolean(env, membership.isMember));
  return object;
}

Napi::Value listToJs(Napi::Env env, const List& list) { return Converter(env)(list); }

Napi::Value legToJs(Napi::Env env, const LegResult& leg) { return Converter(env).leg(leg); }

Napi::Value completionToJs(Napi::Env env, const CompletionResult& completion) {
  const Napi::Object object = withStatus(env, completion.status);
  object.Set("token", optionalBytes(env, completion.token));
  object.Set("attributes", attributesToJs(env, completion.attributes));
  return object;
}

}  // namespace sspi
