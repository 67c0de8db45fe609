// Credentials: what identity goes in, as whom the call is made, and what is left of it.

#include "../../../native/sspi/packed_identity.h"
#include "support.h"

namespace rules {

namespace {

using Text = sspi::AuthIdentity::Text;

Text text(const wchar_t* characters) {
  if (characters == nullptr) return std::nullopt;
  const size_t size = wcslen(characters) + 1;
  sspi::SecureArray<wchar_t> copy(size);
  std::memcpy(copy.data(), characters, size * sizeof(wchar_t));
  return copy;
}

// What a package reads: the characters that it has a length for, or those before the NUL.
bool reads(const unsigned short* characters, ULONG length, const wchar_t* expected) {
  const size_t size = (length + 1) * sizeof(wchar_t);
  return length == wcslen(expected) && std::memcmp(characters, expected, size) == 0;
}

sspi::CredentialRequest request() {
  sspi::CredentialRequest request;
  request.package = L"Scripted";
  request.use = SECPKG_CRED_OUTBOUND;
  request.caller = sspi::ThreadToken::ofCallingThread();
  return request;
}

TEST("credentials: without an identity no authentication data goes in") {
  bool asked = false;
  script().onAcquire = [&asked](void* authData) {
    asked = true;
    EXPECT(authData == nullptr);
  };
  const sspi::CredentialResult result = sspi::acquireCredentialsHandle(request());
  EXPECT(asked);
  EXPECT_EQ(result.status, SEC_E_OK);
  EXPECT(result.credential != nullptr);
}

TEST("credentials: an identity without a package list has the plain layout") {
  script().onAcquire = [](void* authData) {
    const auto& identity = *static_cast<SEC_WINNT_AUTH_IDENTITY_W*>(authData);
    EXPECT_EQ(identity.Flags, SEC_WINNT_AUTH_IDENTITY_UNICODE);
    EXPECT(reads(identity.User, identity.UserLength, L"j\u00fcrgen"));
    EXPECT(reads(identity.Domain, identity.DomainLength, L"CORP"));
    EXPECT(reads(identity.Password, identity.PasswordLength, L"p\u00e4ss"));
  };
  sspi::CredentialRequest given = request();
  given.identity.emplace(text(L"j\u00fcrgen"), text(L"CORP"), text(L"p\u00e4ss"), std::nullopt);
  EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_OK);
}

TEST("credentials: an identity with a package list has the extended layout") {
  script().onAcquire = [](void* authData) {
    const auto& identity = *static_cast<SEC_WINNT_AUTH_IDENTITY_EXW*>(authData);
    EXPECT_EQ(identity.Version, SEC_WINNT_AUTH_IDENTITY_VERSION);
    EXPECT_EQ(identity.Length, sizeof(SEC_WINNT_AUTH_IDENTITY_EXW));
    EXPECT_EQ(identity.Flags, SEC_WINNT_AUTH_IDENTITY_UNICODE);
    EXPECT(reads(identity.User, identity.UserLength, L"alice"));
    EXPECT(reads(identity.Password, identity.PasswordLength, L"secret"));
    EXPECT(reads(identity.PackageList, identity.PackageListLength, L"Kerberos,!NTLM"));
  };
  sspi::CredentialRequest given = request();
  given.identity.emplace(text(L"alice"), text(nullptr), text(L"secret"), text(L"Kerberos,!NTLM"));
  EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_OK);
}

TEST("credentials: an absent text is a null pointer, an empty one is not") {
  script().onAcquire = [](void* authData) {
    const auto& identity = *static_cast<SEC_WINNT_AUTH_IDENTITY_W*>(authData);
    EXPECT(identity.Domain == nullptr);
    EXPECT_EQ(identity.DomainLength, 0U);
    EXPECT(identity.Password != nullptr);
    EXPECT(reads(identity.Password, identity.PasswordLength, L""));
  };
  sspi::CredentialRequest given = request();
  given.identity.emplace(text(L"guest"), text(nullptr), text(L""), std::nullopt);
  EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_OK);
}

TEST("credentials: every text of an identity is wiped, whether the call succeeds or fails") {
  static constexpr wchar_t kSecret[] = L"S3crS3crS3crS3cr";
  const heap::SecretWatch watch(L"S3cr", 4 * sizeof(wchar_t));
  for (const SECURITY_STATUS status : {SEC_E_OK, SEC_E_LOGON_DENIED}) {
    for (const wchar_t* const packageList : {static_cast<const wchar_t*>(nullptr), kSecret}) {
      script().acquire = status;
      sspi::CredentialRequest given = request();
      given.identity.emplace(text(kSecret), text(kSecret), text(kSecret), text(packageList));
      sspi::CredentialRequest moved = std::move(given);
      EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(moved)).status, status);
    }
  }
  {
    Text replaced = text(kSecret);
    *replaced = std::move(*text(kSecret));
  }
  EXPECT_EQ(watch.sightings(), 0U);
}

TEST("credentials: the identity is wiped before the caller learns of the end") {
  static constexpr wchar_t kSecret[] = L"S3crS3crS3crS3cr";
  script().onAcquire = [](void*) { throw std::bad_alloc(); };
  const heap::SecretWatch watch(L"S3cr", 4 * sizeof(wchar_t));
  try {
    sspi::CredentialRequest given = request();
    given.identity.emplace(text(kSecret), text(nullptr), text(kSecret), std::nullopt);
    sspi::acquireCredentialsHandle(std::move(given));
    EXPECT(false);
  } catch (const std::bad_alloc&) {
  }
  EXPECT_EQ(watch.sightings(), 0U);
}

TEST("credentials: of packed credentials SSPI makes the identity, which is wiped and freed after the call") {
  static constexpr wchar_t kSecret[] = L"S3crS3crS3crS3cr";
  const heap::SecretWatch watch(L"S3cr", 4 * sizeof(wchar_t));
  for (const SECURITY_STATUS status : {SEC_E_OK, SEC_E_LOGON_DENIED}) {
    script().acquire = status;
    script().onAcquire = [](void* authData) {
      const auto& identity = *static_cast<SEC_WINNT_AUTH_IDENTITY_W*>(authData);
      EXPECT(reads(identity.User, identity.UserLength, L"alice"));
      EXPECT(reads(identity.Password, identity.PasswordLength, kSecret));
    };
    sspi::CredentialRequest given = request();
    given.identity.emplace(text(L"alice"), text(L"CORP"), text(kSecret), std::nullopt, true);
    EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, status);
    EXPECT_EQ(callsOf("SspiEncodeStringsAsAuthIdentity"), callsOf("SspiFreeAuthIdentity"));
  }
  EXPECT_EQ(watch.sightings(), 0U);
}

TEST("credentials: an identity becomes three strings, and SSPI's own are wiped and freed") {
  static constexpr wchar_t kSecret[] = L"S3crS3crS3crS3cr";
  const heap::SecretWatch watch(L"S3cr", 4 * sizeof(wchar_t));
  {
    const sspi::PackedIdentity packed = sspi::encodeAuthIdentityAsStrings(
        sspi::AuthIdentity(text(L"alice"), text(L"CORP"), text(kSecret), std::nullopt));
    EXPECT_EQ(packed.status, SEC_E_OK);
    EXPECT(std::wcscmp(packed.user->data(), L"alice") == 0);
    EXPECT(std::wcscmp(packed.domain->data(), L"CORP") == 0);
    EXPECT(std::wcscmp(packed.credentials->data(), kSecret) == 0);
    EXPECT_EQ(callsOf("SspiLocalFree"), 3U);
  }
  EXPECT_EQ(watch.sightings(), 0U);
}

TEST("credentials: an identity that SSPI does not encode leaves nothing to free") {
  script().encodeAsStrings = SEC_E_UNSUPPORTED_FUNCTION;
  const sspi::PackedIdentity packed = sspi::encodeAuthIdentityAsStrings(
      sspi::AuthIdentity(text(L"alice"), text(L"CORP"), text(L"secret"), std::nullopt));
  EXPECT_EQ(packed.status, SEC_E_UNSUPPORTED_FUNCTION);
  EXPECT(!packed.credentials);
  EXPECT_EQ(callsOf("SspiLocalFree"), 0U);
}

TEST("credentials: packed credentials that SSPI refuses make no call") {
  script().encode = SEC_E_NO_CREDENTIALS;
  sspi::CredentialRequest given = request();
  given.identity.emplace(text(L"alice"), text(L"CORP"), text(L"secret"), std::nullopt, true);
  const sspi::CredentialResult result = sspi::acquireCredentialsHandle(std::move(given));
  EXPECT_EQ(result.status, SEC_E_NO_CREDENTIALS);
  EXPECT(result.credential == nullptr);
  EXPECT_EQ(callsOf("AcquireCredentialsHandleW"), 0U);
}

TEST("credentials: a refused call gives no credential and frees none") {
  script().acquire = SEC_E_NO_CREDENTIALS;
  const sspi::CredentialResult result = sspi::acquireCredentialsHandle(request());
  EXPECT_EQ(result.status, SEC_E_NO_CREDENTIALS);
  EXPECT(result.credential == nullptr);
  EXPECT_EQ(callsOf("FreeCredentialsHandle"), 0U);
}

TEST("credentials: a success that is no SEC_E_OK gives no credential and leaks no handle") {
  script().acquire = SEC_I_CONTINUE_NEEDED;
  const sspi::CredentialResult result = sspi::acquireCredentialsHandle(request());
  EXPECT_EQ(result.status, SEC_I_CONTINUE_NEEDED);
  EXPECT(result.credential == nullptr);
  EXPECT_EQ(callsOf("FreeCredentialsHandle"), 1U);
}

TEST("credentials: a success that leaves no handle, or a zeroed one, is none, and nothing is freed") {
  constexpr ULONG_PTR kNone = ~ULONG_PTR{0};
  for (const CredHandle& left : {CredHandle{0, 0}, CredHandle{kNone, kNone}}) {
    for (const SECURITY_STATUS status : {SEC_E_OK, SEC_I_CONTINUE_NEEDED}) {
      script().acquire = status;
      script().leavesCredential = left;
      const sspi::CredentialResult result = sspi::acquireCredentialsHandle(request());
      EXPECT_EQ(result.status, status == SEC_E_OK ? SEC_E_INTERNAL_ERROR : status);
      EXPECT(result.credential == nullptr);
    }
  }
  EXPECT_EQ(callsOf("FreeCredentialsHandle"), 0U);
}

TEST("credentials: the call is made as the thread that asked, and this thread is itself again") {
  standin::actAs("alice");
  sspi::CredentialRequest given = request();
  standin::actAs({});
  EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_OK);
  EXPECT_EQ(secur32::acquiredAs(), "alice");
  EXPECT_EQ(standin::actingAs(), "");

  EXPECT_EQ(sspi::acquireCredentialsHandle(request()).status, SEC_E_OK);
  EXPECT_EQ(secur32::acquiredAs(), "");
}

TEST("credentials: where the caller's identity cannot be assumed, no call is made") {
  standin::actAs("alice");
  sspi::CredentialRequest given = request();
  standin::actAs({});
  standin::refuseToAct(true);
  EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_NO_IMPERSONATION);
  EXPECT_EQ(callsOf("AcquireCredentialsHandleW"), 0U);
}

TEST("credentials: where the caller's identity cannot be learned, no call is made as somebody else") {
  for (const DWORD error : {ERROR_CANT_OPEN_ANONYMOUS, ERROR_ACCESS_DENIED}) {
    standin::actAs("anonymous");
    standin::refuseTokens(error);
    sspi::CredentialRequest given = request();
    standin::actAs({});
    EXPECT_EQ(sspi::acquireCredentialsHandle(std::move(given)).status, SEC_E_NO_IMPERSONATION);
  }
  EXPECT_EQ(callsOf("AcquireCredentialsHandleW"), 0U);
}

TEST("credentials: memory that runs out anywhere leaves no credential behind") {
  const size_t times = throughEveryShortage([] { script().credentialExpiry = 0; },
                                            [] {
                                              const std::shared_ptr<sspi::Credential> credential = acquire();
                                              EXPECT(credential != nullptr);
                                            });
  EXPECT(times > 0);
}

sspi::Attribute queryName(sspi::Credential& credential) {
  return sspi::queryCredentialsAttribute(*credential.get(), SECPKG_CRED_ATTR_NAMES);
}

TEST("credentials: the name is copied and SSPI's memory given back") {
  const auto credential = acquire();
  script().credentialNames = [](SecPkgCredentials_NamesW& names) {
    names.sUserName = secur32::allocateText(L"CORP\\alice");
    return SEC_E_OK;
  };
  EXPECT(std::get<std::wstring>(queryName(*credential).value.held) == L"CORP\\alice");
  script().credentialNames = [](SecPkgCredentials_NamesW&) { return SEC_E_OK; };
  EXPECT(std::holds_alternative<std::monostate>(queryName(*credential).value.held));
  script().credentialNames = nullptr;
  EXPECT_EQ(queryName(*credential).status, SEC_E_UNSUPPORTED_FUNCTION);
}

TEST("credentials: memory that runs out while a name is copied leaves no buffer behind") {
  throughEveryShortage(
      [] {
        script().credentialNames = [](SecPkgCredentials_NamesW& names) {
          names.sUserName = secur32::allocateText(L"a name that needs memory of its own");
          return SEC_E_OK;
        };
      },
      [] {
        const auto credential = acquire();
        EXPECT_EQ(queryName(*credential).status, SEC_E_OK);
      });
}

}  // namespace

}  // namespace rules
