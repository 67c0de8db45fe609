/* The DLL's face to secur32: its packages and its table. */
#include <string.h>
#include <wchar.h>

#include "functions.h"
#include "handout.h"
#include "journal.h"
#include "lock.h"

#define COMMON_CAPABILITIES                                                                            \
  (SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED | \
   SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_MUTUAL_AUTH)

/* The same scripts play in each; they differ in what EnumerateSecurityPackages says of them. */
const SecPkgInfoW packages[] = {
    {COMMON_CAPABILITIES, 1, 0xFFFF, 12000, (SEC_WCHAR *)L"Scripted", (SEC_WCHAR *)L"Plays a script"},
    {COMMON_CAPABILITIES | SECPKG_FLAG_STREAM, 1, 0xFFFF, 24576, (SEC_WCHAR *)L"ScriptedStream",
     (SEC_WCHAR *)L"Plays a script, stream-oriented"},
    {COMMON_CAPABILITIES, 1, 0xFFFF, 16, (SEC_WCHAR *)L"ScriptedSmall",
     (SEC_WCHAR *)L"Plays a script, tokens of at most 16 bytes"},
};

enum { PACKAGES = sizeof packages / sizeof *packages };

PSecurityFunctionTableW __cdecl scripted_interface(void);

static CRITICAL_SECTION section;

void lock(void) { EnterCriticalSection(&section); }
void unlock(void) { LeaveCriticalSection(&section); }

const SecPkgInfoW *package_named(const wchar_t *name) {
  for (int i = 0; name && i < PACKAGES; i++) {
    if (lstrcmpiW(packages[i].Name, name) == 0) return &packages[i];
  }
  return NULL;
}

static SECURITY_STATUS SEC_ENTRY scripted_enumerate(ULONG *count, PSecPkgInfoW *list) {
  *list = memcpy(handout_memory(sizeof packages), packages, sizeof packages);
  *count = PACKAGES;
  return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY scripted_package_info(SEC_WCHAR *name, PSecPkgInfoW *info) {
  const SecPkgInfoW *package = package_named(name);
  if (!package) return SEC_E_SECPKG_NOT_FOUND;
  *info = memcpy(handout_memory(sizeof *package), package, sizeof *package);
  return SEC_E_OK;
}

static SECURITY_STATUS SEC_ENTRY scripted_free_buffer(void *memory) {
  if (handout_free(memory)) return SEC_E_OK;
  call_fault(NULL, FAULT_DOUBLE_FREE);
  return SEC_E_INVALID_HANDLE;
}

static SecurityFunctionTableW table = {
    .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
    .EnumerateSecurityPackagesW = scripted_enumerate,
    .QueryCredentialsAttributesW = scripted_query_credentials,
    .AcquireCredentialsHandleW = scripted_acquire,
    .FreeCredentialsHandle = scripted_free,
    .InitializeSecurityContextW = scripted_initialize,
    .AcceptSecurityContext = scripted_accept,
    .CompleteAuthToken = scripted_complete,
    .DeleteSecurityContext = scripted_delete,
    .ApplyControlToken = scripted_control,
    .QueryContextAttributesW = scripted_query,
    .ImpersonateSecurityContext = scripted_impersonate,
    .RevertSecurityContext = scripted_revert,
    .MakeSignature = scripted_sign,
    .VerifySignature = scripted_verify,
    .FreeContextBuffer = scripted_free_buffer,
    .QuerySecurityPackageInfoW = scripted_package_info,
    .QuerySecurityContextToken = scripted_query_token,
    .EncryptMessage = scripted_encrypt,
    .DecryptMessage = scripted_decrypt,
};

/* Exported as InitSecurityInterfaceW by scripted.def: sspi.h declares that name for import. Without parameters the
   calling convention makes no difference, and __cdecl has one name on every architecture. */
PSecurityFunctionTableW __cdecl scripted_interface(void) { return &table; }

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved) {
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) {
    DisableThreadLibraryCalls(instance);
    InitializeCriticalSection(&section);
  }
  return TRUE;
}
