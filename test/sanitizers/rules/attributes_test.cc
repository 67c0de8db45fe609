// Each attribute decoded, and what SSPI allocated for it given back exactly once.

#include "support.h"

namespace rules {

namespace {

template <class Raw, class Fill>
void answer(ULONG attribute, Fill fill) {
  const standin::OwnMemory own;
  script().attributes[attribute] = [fill](void* value) {
    fill(*static_cast<Raw*>(value));
    return SEC_E_OK;
  };
}

void answerAll() {
  answer<SecPkgContext_Sizes>(SECPKG_ATTR_SIZES, [](auto& raw) { raw = {48'000, 16, 8, 60}; });
  answer<SecPkgContext_NamesW>(SECPKG_ATTR_NAMES,
                               [](auto& raw) { raw.sUserName = secur32::allocateText(L"CORP\\J\u00fcrgen"); });
  answer<SecPkgContext_Lifespan>(SECPKG_ATTR_LIFESPAN,
                                 [](auto& raw) { raw.tsExpiry.QuadPart = 116'444'736'000'000'000 + 20'000; });
  answer<SecPkgContext_StreamSizes>(SECPKG_ATTR_STREAM_SIZES, [](auto& raw) { raw = {5, 36, 16'384, 4, 16}; });
  answer<SecPkgContext_SessionKey>(SECPKG_ATTR_SESSION_KEY, [](auto& raw) {
    raw.SessionKeyLength = 16;
    raw.SessionKey = static_cast<BYTE*>(secur32::allocate(16));
    std::memset(raw.SessionKey, 0x5A, 16);
  });
  answer<SecPkgContext_PackageInfoW>(SECPKG_ATTR_PACKAGE_INFO, [](auto& raw) {
    raw.PackageInfo = secur32::allocatePackages({{L"Kerberos", L"Microsoft Kerberos V1.0", 0x2AABF, 48'000}});
  });
  answer<SecPkgContext_NegotiationInfoW>(SECPKG_ATTR_NEGOTIATION_INFO, [](auto& raw) {
    raw = {secur32::allocatePackages({{L"NTLM", L"NTLM Security Package", 0x82B37, 2888}}), 2};
  });
  answer<SecPkgContext_NativeNamesW>(SECPKG_ATTR_NATIVE_NAMES, [](auto& raw) {
    raw = {secur32::allocateText(L"alice@CORP.TEST"), secur32::allocateText(L"HTTP/web.corp.test@CORP.TEST")};
  });
  answer<SecPkgContext_Flags>(SECPKG_ATTR_FLAGS, [](auto& raw) { raw.Flags = 0x8001'0002; });
}

const std::vector<uint32_t>& everyAttribute() {
  static const std::vector<uint32_t> all = [] {
    const standin::OwnMemory own;
    return std::vector<uint32_t>{
        SECPKG_ATTR_SIZES,       SECPKG_ATTR_NAMES,        SECPKG_ATTR_LIFESPAN,         SECPKG_ATTR_STREAM_SIZES,
        SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_PACKAGE_INFO, SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_ATTR_NATIVE_NAMES,
        SECPKG_ATTR_FLAGS};
  }();
  return all;
}

template <class T>
T query(sspi::Context& context, uint32_t attribute) {
  sspi::Attribute found = sspi::queryContextAttribute(*context.get(), attribute);
  EXPECT_EQ(found.status, SEC_E_OK);
  EXPECT_EQ(secur32::buffersAlive(), 0U);
  T* const value = std::get_if<T>(&found.value);
  EXPECT(value != nullptr);
  return value == nullptr ? T{} : std::move(*value);
}

TEST("attributes: every form is decoded") {
  auto context = begin();
  answerAll();
  const auto sizes = query<sspi::Sizes>(*context, SECPKG_ATTR_SIZES);
  EXPECT_EQ(sizes.maxToken, 48'000U);
  EXPECT_EQ(sizes.maxSignature, 16U);
  EXPECT_EQ(sizes.blockSize, 8U);
  EXPECT_EQ(sizes.securityTrailer, 60U);
  EXPECT(query<std::wstring>(*context, SECPKG_ATTR_NAMES) == L"CORP\\J\u00fcrgen");
  const auto lifespan = query<sspi::Lifespan>(*context, SECPKG_ATTR_LIFESPAN);
  EXPECT(!lifespan.start.has_value());
  EXPECT(lifespan.expiry == 2.0);
  const auto stream = query<sspi::StreamSizes>(*context, SECPKG_ATTR_STREAM_SIZES);
  EXPECT_EQ(stream.header, 5U);
  EXPECT_EQ(stream.trailer, 36U);
  EXPECT_EQ(stream.maxMessage, 16'384U);
  EXPECT_EQ(stream.buffers, 4U);
  EXPECT_EQ(stream.blockSize, 16U);
  const auto key = query<sspi::SessionKey>(*context, SECPKG_ATTR_SESSION_KEY);
  EXPECT_EQ(key.size(), 16U);
  EXPECT(Bytes(key.data(), key.data() + key.size()) == Bytes(16, 0x5A));
  const auto package = query<sspi::PackageInfo>(*context, SECPKG_ATTR_PACKAGE_INFO);
  EXPECT(package.name == L"Kerberos");
  EXPECT(package.comment == L"Microsoft Kerberos V1.0");
  EXPECT_EQ(package.capabilities, 0x2AABFU);
  EXPECT_EQ(package.maxToken, 48'000U);
  EXPECT_EQ(package.version, 1);
  const auto negotiation = query<sspi::Negotiation>(*context, SECPKG_ATTR_NEGOTIATION_INFO);
  EXPECT(negotiation.package && negotiation.package->name == L"NTLM");
  EXPECT_EQ(negotiation.state, 2U);
  const auto names = query<sspi::NativeNames>(*context, SECPKG_ATTR_NATIVE_NAMES);
  EXPECT(names.client == L"alice@CORP.TEST");
  EXPECT(names.server == L"HTTP/web.corp.test@CORP.TEST");
  EXPECT_EQ(query<uint32_t>(*context, SECPKG_ATTR_FLAGS), 0x8001'0002U);
}

TEST("attributes: what SSPI left out is absent, and nothing is freed for it") {
  auto context = begin();
  answer<SecPkgContext_NamesW>(SECPKG_ATTR_NAMES, [](auto&) {});
  answer<SecPkgContext_SessionKey>(SECPKG_ATTR_SESSION_KEY, [](auto& raw) { raw.SessionKeyLength = 16; });
  answer<SecPkgContext_PackageInfoW>(SECPKG_ATTR_PACKAGE_INFO, [](auto&) {});
  answer<SecPkgContext_NegotiationInfoW>(SECPKG_ATTR_NEGOTIATION_INFO, [](auto& raw) { raw.NegotiationState = 1; });
  answer<SecPkgContext_NativeNamesW>(SECPKG_ATTR_NATIVE_NAMES,
                                     [](auto& raw) { raw.sServerName = secur32::allocateText(L"server"); });
  EXPECT(query<std::wstring>(*context, SECPKG_ATTR_NAMES).empty());
  EXPECT_EQ(query<sspi::SessionKey>(*context, SECPKG_ATTR_SESSION_KEY).size(), 0U);
  query<std::monostate>(*context, SECPKG_ATTR_PACKAGE_INFO);
  EXPECT(!query<sspi::Negotiation>(*context, SECPKG_ATTR_NEGOTIATION_INFO).package.has_value());
  const auto names = query<sspi::NativeNames>(*context, SECPKG_ATTR_NATIVE_NAMES);
  EXPECT(!names.client.has_value());
  EXPECT(names.server == L"server");
}

TEST("attributes: a package without names or comments has empty ones") {
  auto context = begin();
  answer<SecPkgContext_PackageInfoW>(SECPKG_ATTR_PACKAGE_INFO, [](auto& raw) {
    raw.PackageInfo = secur32::allocatePackages({{L"name", L"comment", 1, 2}});
    raw.PackageInfo->Name = nullptr;
    raw.PackageInfo->Comment = nullptr;
  });
  const auto package = query<sspi::PackageInfo>(*context, SECPKG_ATTR_PACKAGE_INFO);
  EXPECT(package.name.empty());
  EXPECT(package.comment.empty());
}

TEST("attributes: each keeps its own status; an unknown number is not asked for") {
  auto context = begin();
  answer<SecPkgContext_Flags>(SECPKG_ATTR_FLAGS, [](auto& raw) { raw.Flags = 1; });
  {
    const standin::OwnMemory own;
    // What a failed query leaves behind is not looked at.
    script().attributes[SECPKG_ATTR_NAMES] = [](void* value) {
      static_cast<SecPkgContext_NamesW*>(value)->sUserName = reinterpret_cast<wchar_t*>(0x10);
      return SEC_E_INSUFFICIENT_MEMORY;
    };
  }
  const auto results = sspi::queryContextAttributes(*context->get(), {SECPKG_ATTR_NAMES, 0x7777, SECPKG_ATTR_FLAGS});
  EXPECT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].status, SEC_E_INSUFFICIENT_MEMORY);
  EXPECT_EQ(results[1].status, SEC_E_UNSUPPORTED_FUNCTION);
  EXPECT_EQ(results[2].status, SEC_E_OK);
  EXPECT_EQ(callsOf("QueryContextAttributesW"), 2U);
}

TEST("attributes: the session key is wiped in SSPI's memory and in ours") {
  auto context = begin();
  answerAll();
  const Bytes pattern(8, 0x5A);
  const heap::SecretWatch watch(pattern.data(), pattern.size());
  {
    std::vector<sspi::Attribute> results = sspi::queryContextAttributes(*context->get(), {SECPKG_ATTR_SESSION_KEY});
    std::vector<sspi::Attribute> moved = std::move(results);
    EXPECT_EQ(std::get<sspi::SessionKey>(moved[0].value).size(), 16U);
  }
  EXPECT_EQ(watch.sightings(), 0U);
}

TEST("attributes: memory that runs out anywhere leaves no buffer and no key behind") {
  static const Bytes* const pattern = [] {
    const standin::OwnMemory own;
    return new Bytes(8, 0x5A);
  }();
  const heap::SecretWatch watch(pattern->data(), pattern->size());
  const size_t times = throughEveryShortage(
      [] {
        answerAll();
        play(leg(SEC_E_OK));
      },
      [] {
        sspi::LegInput given = input();
        given.attributes = everyAttribute();
        sspi::Context context(acquire());
        const sspi::LegResult result = context.initialize(nullptr, std::move(given));
        EXPECT_EQ(result.attributes.size(), everyAttribute().size());
      });
  EXPECT(times > everyAttribute().size());
  EXPECT_EQ(watch.sightings(), 0U);
}

}  // namespace

}  // namespace rules
