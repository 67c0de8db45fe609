// Each attribute decoded, and what SSPI allocated for it given back exactly once.

#include "values.h"

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

// A length and a pointer: all structures of bytes are laid out so.
template <class Raw>
void answerBytes(ULONG attribute, const std::string& content) {
  const standin::OwnMemory own;
  answer<SecPkgContext_SessionKey>(attribute, [content](auto& raw) {
    static_assert(sizeof(Raw) == sizeof(SecPkgContext_SessionKey));
    raw.SessionKeyLength = static_cast<ULONG>(content.size());
    raw.SessionKey = static_cast<BYTE*>(secur32::allocate(content.size()));
    std::memcpy(raw.SessionKey, content.data(), content.size());
  });
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
  answer<SecPkgContext_DceInfo>(SECPKG_ATTR_DCE_INFO, [](auto& raw) { raw = {1, secur32::allocateText(L"alice")}; });
  answer<SecPkgContext_KeyInfoW>(SECPKG_ATTR_KEY_INFO, [](auto& raw) {
    raw = {secur32::allocateText(L"HMAC"), secur32::allocateText(L"AES"), 256, 4, 5};
  });
  answer<SecPkgContext_AuthorityW>(SECPKG_ATTR_AUTHORITY,
                                   [](auto& raw) { raw.sAuthorityName = secur32::allocateText(L"CORP"); });
  answer<SecPkgContext_ProtoInfoW>(SECPKG_ATTR_PROTO_INFO,
                                   [](auto& raw) { raw = {secur32::allocateText(L"TLS"), 1, 3}; });
  answer<SecPkgContext_PasswordExpiry>(SECPKG_ATTR_PASSWORD_EXPIRY, [](auto& raw) {
    raw.tsPasswordExpires.QuadPart = 116'444'736'000'000'000 + 30'000;
  });
  answer<SecPkgContext_UserFlags>(SECPKG_ATTR_USER_FLAGS, [](auto& raw) { raw.UserFlags = 0x120; });
  answer<SecPkgContext_CredentialNameW>(SECPKG_ATTR_CREDENTIAL_NAME,
                                        [](auto& raw) { raw = {2, secur32::allocateText(L"alice")}; });
  answerBytes<SecPkgContext_TargetInformation>(SECPKG_ATTR_TARGET_INFORMATION, "info");
  answerBytes<SecPkgContext_Target>(SECPKG_ATTR_TARGET, "HTTP/x");
  answerBytes<SecPkgContext_AuthzID>(SECPKG_ATTR_AUTHENTICATION_ID, "alice");
  answer<SecPkgContext_LogoffTime>(SECPKG_ATTR_LOGOFF_TIME,
                                   [](auto& raw) { raw.tsLogoffTime.QuadPart = 116'444'736'000'000'000 + 40'000; });
  answer<SecPkgContext_NegoKeys>(SECPKG_ATTR_NEGO_KEYS, [](auto& raw) {
    raw = {17, 16, static_cast<BYTE*>(secur32::allocate(16)), 18, 8, static_cast<BYTE*>(secur32::allocate(8))};
    std::memset(raw.KeyValue, 0x5A, 16);
    std::memset(raw.VerifyKeyValue, 0x5A, 8);
  });
  answer<SecPkgContext_CredInfo>(SECPKG_ATTR_PROMPTING_NEEDED, [](auto& raw) { raw = {10, 1}; });
  answerBytes<SecPkgContext_Bindings>(SECPKG_ATTR_UNIQUE_BINDINGS, "unique");
  answerBytes<SecPkgContext_Bindings>(SECPKG_ATTR_ENDPOINT_BINDINGS, "end point");
  answer<SecPkgContext_ClientSpecifiedTarget>(SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, [](auto& raw) {
    raw.sTargetName = secur32::allocateText(L"HTTP/web.corp.test");
  });
  answer<SecPkgContext_LastClientTokenStatus>(SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
                                              [](auto& raw) { raw.LastClientTokenStatus = 2; });
  answer<SecPkgContext_NegoPackageInfo>(SECPKG_ATTR_NEGO_PKG_INFO, [](auto& raw) { raw.PackageMask = 1; });
  answer<SecPkgContext_NegoStatus>(SECPKG_ATTR_NEGO_STATUS, [](auto& raw) { raw.LastStatus = 0x8009'030C; });
}

const std::vector<uint32_t>& everyAttribute() {
  static const std::vector<uint32_t> all = [] {
    const standin::OwnMemory own;
    return std::vector<uint32_t>{SECPKG_ATTR_SIZES,
                                 SECPKG_ATTR_NAMES,
                                 SECPKG_ATTR_LIFESPAN,
                                 SECPKG_ATTR_STREAM_SIZES,
                                 SECPKG_ATTR_SESSION_KEY,
                                 SECPKG_ATTR_PACKAGE_INFO,
                                 SECPKG_ATTR_NEGOTIATION_INFO,
                                 SECPKG_ATTR_NATIVE_NAMES,
                                 SECPKG_ATTR_FLAGS,
                                 SECPKG_ATTR_DCE_INFO,
                                 SECPKG_ATTR_KEY_INFO,
                                 SECPKG_ATTR_NEGO_KEYS,
                                 SECPKG_ATTR_UNIQUE_BINDINGS,
                                 SECPKG_ATTR_CLIENT_SPECIFIED_TARGET};
  }();
  return all;
}

sspi::Value query(sspi::Context& context, uint32_t attribute) {
  sspi::Attribute found = sspi::queryContextAttribute(*context.get(), attribute);
  EXPECT_EQ(found.status, SEC_E_OK);
  EXPECT_EQ(secur32::buffersAlive(), 0U);
  return std::move(found.value);
}

uint32_t number(sspi::Context& context, uint32_t attribute, const std::string& name) {
  return numberOf(query(context, attribute), name);
}

std::wstring text(sspi::Context& context, uint32_t attribute, const std::string& name) {
  return textOf(query(context, attribute), name);
}

TEST("attributes: every form is decoded") {
  auto context = begin();
  answerAll();
  EXPECT_EQ(number(*context, SECPKG_ATTR_SIZES, "maxToken"), 48'000U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_SIZES, "maxSignature"), 16U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_SIZES, "blockSize"), 8U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_SIZES, "securityTrailer"), 60U);
  EXPECT(as<std::wstring>(query(*context, SECPKG_ATTR_NAMES)) == L"CORP\\J\u00fcrgen");
  EXPECT(isAbsent(field(query(*context, SECPKG_ATTR_LIFESPAN), "start")));
  EXPECT(as<double>(field(query(*context, SECPKG_ATTR_LIFESPAN), "expiry")) == 2.0);
  EXPECT_EQ(number(*context, SECPKG_ATTR_STREAM_SIZES, "header"), 5U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_STREAM_SIZES, "trailer"), 36U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_STREAM_SIZES, "maxMessage"), 16'384U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_STREAM_SIZES, "buffers"), 4U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_STREAM_SIZES, "blockSize"), 16U);
  EXPECT(octets(query(*context, SECPKG_ATTR_SESSION_KEY)) == Bytes(16, 0x5A));
  EXPECT(text(*context, SECPKG_ATTR_PACKAGE_INFO, "name") == L"Kerberos");
  EXPECT(text(*context, SECPKG_ATTR_PACKAGE_INFO, "comment") == L"Microsoft Kerberos V1.0");
  EXPECT_EQ(number(*context, SECPKG_ATTR_PACKAGE_INFO, "capabilities"), 0x2AABFU);
  EXPECT_EQ(number(*context, SECPKG_ATTR_PACKAGE_INFO, "maxToken"), 48'000U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_PACKAGE_INFO, "version"), 1U);
  EXPECT(as<std::wstring>(field(field(query(*context, SECPKG_ATTR_NEGOTIATION_INFO), "package"), "name")) == L"NTLM");
  EXPECT_EQ(number(*context, SECPKG_ATTR_NEGOTIATION_INFO, "state"), 2U);
  EXPECT(text(*context, SECPKG_ATTR_NATIVE_NAMES, "client") == L"alice@CORP.TEST");
  EXPECT(text(*context, SECPKG_ATTR_NATIVE_NAMES, "server") == L"HTTP/web.corp.test@CORP.TEST");
  EXPECT_EQ(as<uint32_t>(query(*context, SECPKG_ATTR_FLAGS)), 0x8001'0002U);
  EXPECT_EQ(number(*context, SECPKG_ATTR_DCE_INFO, "authorizationService"), 1U);
  EXPECT(text(*context, SECPKG_ATTR_KEY_INFO, "signatureAlgorithm") == L"HMAC");
  EXPECT(text(*context, SECPKG_ATTR_KEY_INFO, "encryptionAlgorithm") == L"AES");
  EXPECT_EQ(number(*context, SECPKG_ATTR_KEY_INFO, "encryptionId"), 5U);
  EXPECT(as<std::wstring>(query(*context, SECPKG_ATTR_AUTHORITY)) == L"CORP");
  EXPECT_EQ(number(*context, SECPKG_ATTR_PROTO_INFO, "minor"), 3U);
  EXPECT(as<double>(query(*context, SECPKG_ATTR_PASSWORD_EXPIRY)) == 3.0);
  EXPECT_EQ(as<uint32_t>(query(*context, SECPKG_ATTR_USER_FLAGS)), 0x120U);
  EXPECT(text(*context, SECPKG_ATTR_CREDENTIAL_NAME, "name") == L"alice");
  EXPECT(octets(query(*context, SECPKG_ATTR_TARGET_INFORMATION)) == bytes("info"));
  EXPECT(octets(query(*context, SECPKG_ATTR_TARGET)) == bytes("HTTP/x"));
  EXPECT(octets(query(*context, SECPKG_ATTR_AUTHENTICATION_ID)) == bytes("alice"));
  EXPECT(as<double>(query(*context, SECPKG_ATTR_LOGOFF_TIME)) == 4.0);
  EXPECT_EQ(number(*context, SECPKG_ATTR_NEGO_KEYS, "verifyType"), 18U);
  EXPECT(octets(field(query(*context, SECPKG_ATTR_NEGO_KEYS), "key")) == Bytes(16, 0x5A));
  EXPECT(octets(field(query(*context, SECPKG_ATTR_NEGO_KEYS), "verifyKey")) == Bytes(8, 0x5A));
  EXPECT_EQ(number(*context, SECPKG_ATTR_PROMPTING_NEEDED, "needed"), 1U);
  EXPECT(octets(query(*context, SECPKG_ATTR_UNIQUE_BINDINGS)) == bytes("unique"));
  EXPECT(octets(query(*context, SECPKG_ATTR_ENDPOINT_BINDINGS)) == bytes("end point"));
  EXPECT(as<std::wstring>(query(*context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET)) == L"HTTP/web.corp.test");
  EXPECT_EQ(as<uint32_t>(query(*context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS)), 2U);
  EXPECT_EQ(as<uint32_t>(query(*context, SECPKG_ATTR_NEGO_PKG_INFO)), 1U);
  EXPECT_EQ(as<uint32_t>(query(*context, SECPKG_ATTR_NEGO_STATUS)), 0x8009'030CU);
}

TEST("attributes: what SSPI left out is absent, and nothing is freed for it") {
  auto context = begin();
  answer<SecPkgContext_NamesW>(SECPKG_ATTR_NAMES, [](auto&) {});
  answer<SecPkgContext_SessionKey>(SECPKG_ATTR_SESSION_KEY, [](auto& raw) { raw.SessionKeyLength = 16; });
  answer<SecPkgContext_PackageInfoW>(SECPKG_ATTR_PACKAGE_INFO, [](auto&) {});
  answer<SecPkgContext_NegotiationInfoW>(SECPKG_ATTR_NEGOTIATION_INFO, [](auto& raw) { raw.NegotiationState = 1; });
  answer<SecPkgContext_NativeNamesW>(SECPKG_ATTR_NATIVE_NAMES,
                                     [](auto& raw) { raw.sServerName = secur32::allocateText(L"server"); });
  EXPECT(as<std::wstring>(query(*context, SECPKG_ATTR_NAMES)).empty());
  EXPECT_EQ(as<sspi::ValueBytes>(query(*context, SECPKG_ATTR_SESSION_KEY)).size(), 0U);
  EXPECT(isAbsent(query(*context, SECPKG_ATTR_PACKAGE_INFO)));
  EXPECT(isAbsent(field(query(*context, SECPKG_ATTR_NEGOTIATION_INFO), "package")));
  EXPECT(isAbsent(field(query(*context, SECPKG_ATTR_NATIVE_NAMES), "client")));
  EXPECT(text(*context, SECPKG_ATTR_NATIVE_NAMES, "server") == L"server");
}

TEST("attributes: a package without names or comments has empty ones") {
  auto context = begin();
  answer<SecPkgContext_PackageInfoW>(SECPKG_ATTR_PACKAGE_INFO, [](auto& raw) {
    raw.PackageInfo = secur32::allocatePackages({{L"name", L"comment", 1, 2}});
    raw.PackageInfo->Name = nullptr;
    raw.PackageInfo->Comment = nullptr;
  });
  EXPECT(text(*context, SECPKG_ATTR_PACKAGE_INFO, "name").empty());
  EXPECT(text(*context, SECPKG_ATTR_PACKAGE_INFO, "comment").empty());
}

TEST("attributes: those of credentials are decoded by the same rules") {
  const auto credential = acquire();
  {
    const standin::OwnMemory own;
    script().credentialAttributes[SECPKG_CRED_ATTR_SSI_PROVIDER] = [](void* value) {
      auto& raw = *static_cast<SecPkgCredentials_SSIProviderW*>(value);
      raw = {secur32::allocateText(L"provider"), 2, static_cast<char*>(secur32::allocate(2))};
      std::memset(raw.ProviderInfo, 7, 2);
      return SEC_E_OK;
    };
    script().credentialAttributes[SECPKG_CRED_ATTR_CERT] = [](void* value) {
      auto& raw = *static_cast<SecPkgCredentials_Cert*>(value);
      raw = {3, static_cast<BYTE*>(secur32::allocate(3))};
      std::memset(raw.EncodedCert, 0x30, 3);
      return SEC_E_OK;
    };
  }
  sspi::Attribute provider = sspi::queryCredentialsAttribute(*credential->get(), SECPKG_CRED_ATTR_SSI_PROVIDER);
  EXPECT_EQ(provider.status, SEC_E_OK);
  EXPECT(octets(field(std::move(provider.value), "info")) == Bytes(2, 7));
  sspi::Attribute certificate = sspi::queryCredentialsAttribute(*credential->get(), SECPKG_CRED_ATTR_CERT);
  EXPECT(octets(std::move(certificate.value)) == Bytes(3, 0x30));
  EXPECT_EQ(sspi::queryCredentialsAttribute(*credential->get(), 3).status, SEC_E_UNSUPPORTED_FUNCTION);
  EXPECT_EQ(secur32::buffersAlive(), 0U);
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

TEST("attributes: keys are wiped in SSPI's memory and in ours") {
  auto context = begin();
  answerAll();
  const Bytes pattern(8, 0x5A);
  const heap::SecretWatch watch(pattern.data(), pattern.size());
  {
    std::vector<sspi::Attribute> results =
        sspi::queryContextAttributes(*context->get(), {SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_NEGO_KEYS});
    std::vector<sspi::Attribute> moved = std::move(results);
    EXPECT_EQ(std::get<sspi::ValueBytes>(moved[0].value.held).size(), 16U);
    EXPECT_EQ(moved[1].status, SEC_E_OK);
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
