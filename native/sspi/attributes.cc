#include "attributes.h"

#include "context_buffer.h"
#include "timestamp.h"

namespace sspi {

namespace {

// One query: Raw is the SecPkgContext_* structure, `decode` copies it and owns the freeing.
template <class Raw, class Decode>
Attribute query(CtxtHandle& context, uint32_t attribute, Decode decode) {
  Raw raw{};
  const Status status = QueryContextAttributesW(&context, attribute, &raw);
  if (status != SEC_E_OK) return {status, {}};
  return {status, decode(raw)};
}

std::optional<std::wstring> copyText(const ContextBuffer<wchar_t>& text) {
  return text ? std::optional<std::wstring>(text.get()) : std::nullopt;
}

std::optional<PackageInfo> takePackageInfo(SecPkgInfoW* info) {
  const ContextBuffer<SecPkgInfoW> memory(info);
  return memory ? std::optional<PackageInfo>(copyPackageInfo(*memory.get())) : std::nullopt;
}

AttributeValue decodeSizes(const SecPkgContext_Sizes& raw) {
  return Sizes{raw.cbMaxToken, raw.cbMaxSignature, raw.cbBlockSize, raw.cbSecurityTrailer};
}

AttributeValue decodeStreamSizes(const SecPkgContext_StreamSizes& raw) {
  return StreamSizes{raw.cbHeader, raw.cbTrailer, raw.cbMaximumMessage, raw.cBuffers, raw.cbBlockSize};
}

AttributeValue decodeNames(const SecPkgContext_NamesW& raw) {
  const ContextBuffer<wchar_t> name(raw.sUserName);
  return copyText(name).value_or(std::wstring());
}

AttributeValue decodeLifespan(const SecPkgContext_Lifespan& raw) {
  return Lifespan{toUnixMilliseconds(raw.tsStart), toUnixMilliseconds(raw.tsExpiry)};
}

AttributeValue decodeSessionKey(const SecPkgContext_SessionKey& raw) {
  const ContextBuffer<unsigned char> memory(raw.SessionKey);
  if (!memory) return SessionKey();
  const Wipe wipe(memory.get(), raw.SessionKeyLength);
  SessionKey key(raw.SessionKeyLength);
  CopyMemory(key.data(), memory.get(), key.size());
  return key;
}

AttributeValue decodePackageInfo(const SecPkgContext_PackageInfoW& raw) {
  std::optional<PackageInfo> info = takePackageInfo(raw.PackageInfo);
  if (!info) return std::monostate();
  return *std::move(info);
}

AttributeValue decodeNegotiation(const SecPkgContext_NegotiationInfoW& raw) {
  return Negotiation{takePackageInfo(raw.PackageInfo), raw.NegotiationState};
}

AttributeValue decodeNativeNames(const SecPkgContext_NativeNamesW& raw) {
  // Both are taken before either is copied: a copy that lacks memory must not lose the other.
  const ContextBuffer<wchar_t> client(raw.sClientName);
  const ContextBuffer<wchar_t> server(raw.sServerName);
  return NativeNames{copyText(client), copyText(server)};
}

AttributeValue decodeFlags(const SecPkgContext_Flags& raw) { return static_cast<uint32_t>(raw.Flags); }

}  // namespace

Attribute queryContextAttribute(CtxtHandle& context, uint32_t attribute) {
  switch (attribute) {
    case SECPKG_ATTR_SIZES:
      return query<SecPkgContext_Sizes>(context, attribute, decodeSizes);
    case SECPKG_ATTR_NAMES:
      return query<SecPkgContext_NamesW>(context, attribute, decodeNames);
    case SECPKG_ATTR_LIFESPAN:
      return query<SecPkgContext_Lifespan>(context, attribute, decodeLifespan);
    case SECPKG_ATTR_STREAM_SIZES:
      return query<SecPkgContext_StreamSizes>(context, attribute, decodeStreamSizes);
    case SECPKG_ATTR_SESSION_KEY:
      return query<SecPkgContext_SessionKey>(context, attribute, decodeSessionKey);
    case SECPKG_ATTR_PACKAGE_INFO:
      return query<SecPkgContext_PackageInfoW>(context, attribute, decodePackageInfo);
    case SECPKG_ATTR_NEGOTIATION_INFO:
      return query<SecPkgContext_NegotiationInfoW>(context, attribute, decodeNegotiation);
    case SECPKG_ATTR_NATIVE_NAMES:
      return query<SecPkgContext_NativeNamesW>(context, attribute, decodeNativeNames);
    case SECPKG_ATTR_FLAGS:
      return query<SecPkgContext_Flags>(context, attribute, decodeFlags);
    default:
      return {SEC_E_UNSUPPORTED_FUNCTION, {}};
  }
}

std::vector<Attribute> queryContextAttributes(CtxtHandle& context, const std::vector<uint32_t>& attributes) {
  std::vector<Attribute> results;
  results.reserve(attributes.size());
  for (const uint32_t attribute : attributes) results.push_back(queryContextAttribute(context, attribute));
  return results;
}

}  // namespace sspi
