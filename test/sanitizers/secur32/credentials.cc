#include <algorithm>
#include <cwchar>
#include <memory>
#include <vector>

#include "world.h"

namespace {

// What SspiEncodeStringsAsAuthIdentity makes here: the structure, then its characters, in one piece.
struct Encoded {
  SEC_WINNT_AUTH_IDENTITY_W identity;
  std::vector<wchar_t> characters;
};

}  // namespace

SECURITY_STATUS SspiEncodeStringsAsAuthIdentity(const wchar_t* user, const wchar_t* domain, const wchar_t* packed,
                                                PSEC_WINNT_AUTH_IDENTITY_OPAQUE* identity) {
  const secur32::Entry world;
  world->calls.emplace_back("SspiEncodeStringsAsAuthIdentity");
  if (world->script.encode != SEC_E_OK) return world->script.encode;
  auto encoded = std::make_unique<Encoded>();
  std::vector<wchar_t>& characters = encoded->characters;
  characters.reserve(wcslen(user) + wcslen(domain) + wcslen(packed) + 3);
  const auto add = [&characters](const wchar_t* text) {
    const size_t at = characters.size();
    characters.insert(characters.end(), text, text + wcslen(text) + 1);
    return reinterpret_cast<unsigned short*>(characters.data() + at);
  };
  encoded->identity = {add(user),
                       static_cast<ULONG>(wcslen(user)),
                       add(domain),
                       static_cast<ULONG>(wcslen(domain)),
                       add(packed),
                       static_cast<ULONG>(wcslen(packed)),
                       SEC_WINNT_AUTH_IDENTITY_UNICODE};
  *identity = encoded.release();
  return SEC_E_OK;
}

SECURITY_STATUS SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, const wchar_t** user,
                                                const wchar_t** domain, const wchar_t** packed) {
  const secur32::Entry world;
  world->calls.emplace_back("SspiEncodeAuthIdentityAsStrings");
  if (world->script.encodeAsStrings != SEC_E_OK) return world->script.encodeAsStrings;
  const auto copy = [](const unsigned short* text, ULONG length) {
    auto copied = std::make_unique<wchar_t[]>(length + 1);
    std::copy_n(reinterpret_cast<const wchar_t*>(text), length, copied.get());
    return copied.release();
  };
  const auto& given = *static_cast<SEC_WINNT_AUTH_IDENTITY_W*>(identity);
  *user = copy(given.User, given.UserLength);
  *domain = copy(given.Domain, given.DomainLength);
  *packed = copy(given.Password, given.PasswordLength);
  return SEC_E_OK;
}

void SspiLocalFree(void* data) {
  const secur32::Entry world;
  world->calls.emplace_back("SspiLocalFree");
  const std::unique_ptr<wchar_t[]> text(static_cast<wchar_t*>(data));
}

void SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity) {
  std::vector<wchar_t>& characters = static_cast<Encoded*>(identity)->characters;
  SecureZeroMemory(characters.data(), characters.size() * sizeof(wchar_t));
}

// As Wine's: it zeroes nothing.
void SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity) {
  const secur32::Entry world;
  world->calls.emplace_back("SspiFreeAuthIdentity");
  const std::unique_ptr<Encoded> encoded(static_cast<Encoded*>(identity));
}

SECURITY_STATUS AcquireCredentialsHandleW(wchar_t* principal, wchar_t* package, ULONG use, void* logonId,
                                          void* authData, void* getKey, void* getKeyArgument, CredHandle* credential,
                                          TimeStamp* expiry) {
  const secur32::Entry world;
  (void)principal;
  (void)use;
  world->calls.emplace_back("AcquireCredentialsHandleW");
  world->acquiredAs = standin::actingAs();
  if (package == nullptr || logonId != nullptr || getKey != nullptr || getKeyArgument != nullptr) {
    standin::violation("AcquireCredentialsHandleW with arguments it should not have");
  }
  const secur32::Script& script = world->script;
  if (script.onAcquire) script.onAcquire(authData);
  if (script.acquire < 0) return script.acquire;
  if (script.leavesCredential) {
    *credential = *script.leavesCredential;
    return script.acquire;
  }
  *credential = {secur32::kCredentialMark + ++world->lastNumber, 1};
  world->credentials.insert(credential->dwLower);
  expiry->QuadPart = script.credentialExpiry;
  return script.acquire;
}

SECURITY_STATUS FreeCredentialsHandle(CredHandle* credential) {
  const secur32::Entry world;
  world->calls.emplace_back("FreeCredentialsHandle");
  if (!secur32::isCredential(*world, credential, "FreeCredentialsHandle")) return SEC_E_INVALID_HANDLE;
  for (const auto& [number, context] : world->contexts) {
    if (context.credentials.count(credential->dwLower) > 0)
      standin::violation("a credential freed under a living context");
  }
  world->credentials.erase(credential->dwLower);
  return SEC_E_OK;
}

SECURITY_STATUS QueryCredentialsAttributesW(CredHandle* credential, ULONG attribute, void* value) {
  const secur32::Entry world;
  world->calls.emplace_back("QueryCredentialsAttributesW");
  if (!secur32::isCredential(*world, credential, "QueryCredentialsAttributesW")) return SEC_E_INVALID_HANDLE;
  const auto scripted = world->script.credentialAttributes.find(attribute);
  if (scripted != world->script.credentialAttributes.end()) return scripted->second(value);
  if (attribute != SECPKG_CRED_ATTR_NAMES || !world->script.credentialNames) return SEC_E_UNSUPPORTED_FUNCTION;
  return world->script.credentialNames(*static_cast<SecPkgCredentials_NamesW*>(value));
}
