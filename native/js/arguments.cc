#include "arguments.h"

#include "coded_error.h"

namespace sspi {

namespace {

static_assert(sizeof(wchar_t) == sizeof(char16_t), "Windows' wide characters are UTF-16 code units");

[[noreturn]] void fail(const Napi::Value& value, const char* expected) {
  throw invalidArgument(value.Env(), std::string("the binding expected ") + expected);
}

void check(const Napi::Value& value, napi_status status, const char* expected) {
  if (status != napi_ok) fail(value, expected);
}

bool isAbsent(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

size_t textLength(const Napi::Value& value) {
  size_t length = 0;
  check(value, napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &length), "a string");
  return length;
}

// `characters` has room for `length` and the terminating NUL that Node-API writes.
void readText(const Napi::Value& value, wchar_t* characters, size_t length) {
  check(value,
        napi_get_value_string_utf16(value.Env(), value, reinterpret_cast<char16_t*>(characters), length + 1, &length),
        "a string");
}

template <class T>
View<T> toView(const Napi::Value& value, napi_typedarray_type expected, const char* expectedName) {
  napi_typedarray_type type = expected;
  size_t length = 0;
  void* data = nullptr;
  check(value, napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr), expectedName);
  if (type != expected) fail(value, expectedName);
  return {static_cast<T*>(data), length};
}

template <class Convert>
auto toList(const Napi::Value& value, Convert convert, const char* expected) {
  if (!value.IsArray()) fail(value, expected);
  const auto array = value.As<Napi::Array>();
  std::vector<decltype(convert(value))> items;
  items.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) items.push_back(convert(array.Get(i)));
  return items;
}

}  // namespace

std::wstring toText(const Napi::Value& value) {
  std::wstring text(textLength(value), L'\0');
  readText(value, text.data(), text.size());
  return text;
}

std::optional<std::wstring> toOptionalText(const Napi::Value& value) {
  if (isAbsent(value)) return std::nullopt;
  return toText(value);
}

AuthIdentity::Text toSecureText(const Napi::Value& value) {
  if (isAbsent(value)) return std::nullopt;
  const size_t length = textLength(value);
  SecureArray<wchar_t> text(length + 1);
  readText(value, text.data(), length);
  return text;
}

AuthIdentity::Text toPassword(const Napi::Value& value) {
  if (!value.IsTypedArray()) return toSecureText(value);
  constexpr size_t kMost = 0x20000;  // bytes: more than UNICODE_STRING's 32,767 characters can take in UTF-8
  const View<BYTE> utf8 = toByteView(value);
  if (utf8.length == 0) return SecureArray<wchar_t>(1);
  if (utf8.length > kMost) fail(value, "a shorter password");
  const auto* const bytes = reinterpret_cast<const char*>(utf8.data);
  const int size = static_cast<int>(utf8.length);
  const int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, size, nullptr, 0);
  if (length == 0) fail(value, "UTF-8");
  SecureArray<wchar_t> text(static_cast<size_t>(length) + 1);
  MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, size, text.data(), length);
  return text;
}

uint32_t toUint32(const Napi::Value& value) {
  uint32_t number = 0;
  check(value, napi_get_value_uint32(value.Env(), value, &number), "a number");
  return number;
}

bool toBoolean(const Napi::Value& value) {
  bool truth = false;
  check(value, napi_get_value_bool(value.Env(), value, &truth), "a boolean");
  return truth;
}

bool toOptionalBoolean(const Napi::Value& value) { return !isAbsent(value) && toBoolean(value); }

Napi::Object toObject(const Napi::Value& value) {
  if (!value.IsObject()) fail(value, "an object");
  return value.As<Napi::Object>();
}

Napi::Function toFunction(const Napi::Value& value) {
  if (!value.IsFunction()) fail(value, "a function");
  return value.As<Napi::Function>();
}

Bytes toBytes(const Napi::Value& value) {
  const View<BYTE> view = toByteView(value);
  if (view.length == 0) return {};
  return {view.data, view.data + view.length};
}

std::optional<Bytes> toOptionalBytes(const Napi::Value& value) {
  if (isAbsent(value)) return std::nullopt;
  return toBytes(value);
}

std::vector<uint32_t> toUint32List(const Napi::Value& value) { return toList(value, toUint32, "an array of numbers"); }

std::vector<std::wstring> toTextList(const Napi::Value& value) { return toList(value, toText, "an array of strings"); }

Bytes toSid(const Napi::Value& value) {
  constexpr size_t kHeader = 8;
  Bytes sid = toBytes(value);
  const bool isSid = sid.size() >= kHeader && sid[0] == SID_REVISION && sid[1] <= SID_MAX_SUB_AUTHORITIES &&
                     sid.size() == kHeader + sid[1] * sizeof(DWORD);
  if (!isSid) fail(value, "a security identifier");
  return sid;
}

std::vector<Bytes> toSidList(const Napi::Value& value) { return toList(value, toSid, "an array of identifiers"); }

View<BYTE> toByteView(const Napi::Value& value) { return toView<BYTE>(value, napi_uint8_array, "a Uint8Array"); }

View<uint32_t> toUint32View(const Napi::Value& value) {
  return toView<uint32_t>(value, napi_uint32_array, "a Uint32Array");
}

}  // namespace sspi
