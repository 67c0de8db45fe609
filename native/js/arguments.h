#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../sspi/auth_identity.h"
#include "../sspi/context.h"
#include "napi_setup.h"

namespace sspi {

// What JavaScript passed, in native memory of our own. `undefined` is an absent value; a value of another type throws a
// TypeError with the code ERR_SSPI_INVALID_ARGUMENT: the public API has checked its callers' arguments before.

std::wstring toText(const Napi::Value& value);
std::optional<std::wstring> toOptionalText(const Napi::Value& value);
// Never passes through memory that is not wiped.
AuthIdentity::Text toSecureText(const Napi::Value& value);
// The same of a string, or of a Uint8Array with UTF-8 in it.
AuthIdentity::Text toPassword(const Napi::Value& value);
uint32_t toUint32(const Napi::Value& value);
bool toBoolean(const Napi::Value& value);
bool toOptionalBoolean(const Napi::Value& value);
Napi::Object toObject(const Napi::Value& value);
Napi::Function toFunction(const Napi::Value& value);
Bytes toBytes(const Napi::Value& value);
std::optional<Bytes> toOptionalBytes(const Napi::Value& value);
std::vector<uint32_t> toUint32List(const Napi::Value& value);
std::vector<std::wstring> toTextList(const Napi::Value& value);
// A complete security identifier in its binary form, with a consistent length, because the system reads as far as the
// identifier says.
Bytes toSid(const Napi::Value& value);
std::vector<Bytes> toSidList(const Napi::Value& value);

// A view on a typed array's memory, valid until control returns to JavaScript.
template <class T>
struct View {
  T* data;
  size_t length;
};
View<BYTE> toByteView(const Napi::Value& value);
View<uint32_t> toUint32View(const Napi::Value& value);

}  // namespace sspi
