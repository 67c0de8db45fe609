#include "world.h"

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
