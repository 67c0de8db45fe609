#pragma once

// What native/sspi uses of sspi.h and of winerror.h, with the numbers of their public documentation:
// https://learn.microsoft.com/en-us/windows/win32/api/sspi/ and
// https://learn.microsoft.com/en-us/windows/win32/secauthn/sspi-status-codes. The functions are played by ../secur32/.

#include <windows.h>

using SECURITY_STATUS = LONG;

#define SSPI_STATUS(number) (static_cast<SECURITY_STATUS>(number))
#define SEC_E_OK SSPI_STATUS(0x00000000U)
#define SEC_E_INSUFFICIENT_MEMORY SSPI_STATUS(0x80090300U)
#define SEC_E_INVALID_HANDLE SSPI_STATUS(0x80090301U)
#define SEC_E_UNSUPPORTED_FUNCTION SSPI_STATUS(0x80090302U)
#define SEC_E_TARGET_UNKNOWN SSPI_STATUS(0x80090303U)
#define SEC_E_INTERNAL_ERROR SSPI_STATUS(0x80090304U)
#define SEC_E_SECPKG_NOT_FOUND SSPI_STATUS(0x80090305U)
#define SEC_E_INVALID_TOKEN SSPI_STATUS(0x80090308U)
#define SEC_E_NO_IMPERSONATION SSPI_STATUS(0x8009030BU)
#define SEC_E_LOGON_DENIED SSPI_STATUS(0x8009030CU)
#define SEC_E_NO_CREDENTIALS SSPI_STATUS(0x8009030EU)
#define SEC_E_MESSAGE_ALTERED SSPI_STATUS(0x8009030FU)
#define SEC_E_OUT_OF_SEQUENCE SSPI_STATUS(0x80090310U)
#define SEC_E_INCOMPLETE_MESSAGE SSPI_STATUS(0x80090318U)
#define SEC_E_BUFFER_TOO_SMALL SSPI_STATUS(0x80090321U)
#define SEC_I_CONTINUE_NEEDED SSPI_STATUS(0x00090312U)
#define SEC_I_COMPLETE_NEEDED SSPI_STATUS(0x00090313U)
#define SEC_I_COMPLETE_AND_CONTINUE SSPI_STATUS(0x00090314U)
#define SEC_I_CONTEXT_EXPIRED SSPI_STATUS(0x00090317U)
#define SEC_I_INCOMPLETE_CREDENTIALS SSPI_STATUS(0x00090320U)
#define SEC_I_RENEGOTIATE SSPI_STATUS(0x00090321U)

// Handles

struct SecHandle {
  ULONG_PTR dwLower;
  ULONG_PTR dwUpper;
};
using CredHandle = SecHandle;
using CtxtHandle = SecHandle;

inline void SecInvalidateHandle(SecHandle* handle) { handle->dwLower = handle->dwUpper = ~ULONG_PTR{0}; }
inline bool SecIsValidHandle(const SecHandle* handle) {
  return handle->dwLower != ~ULONG_PTR{0} && handle->dwUpper != ~ULONG_PTR{0};
}

// Buffers

#define SECBUFFER_VERSION 0U
#define SECBUFFER_EMPTY 0U
#define SECBUFFER_DATA 1U
#define SECBUFFER_TOKEN 2U
#define SECBUFFER_MISSING 4U
#define SECBUFFER_EXTRA 5U
#define SECBUFFER_STREAM_TRAILER 6U
#define SECBUFFER_STREAM_HEADER 7U
#define SECBUFFER_PADDING 9U
#define SECBUFFER_STREAM 10U
#define SECBUFFER_CHANNEL_BINDINGS 14U

struct SecBuffer {
  ULONG cbBuffer;
  ULONG BufferType;
  void* pvBuffer;
};

struct SecBufferDesc {
  ULONG ulVersion;
  ULONG cBuffers;
  SecBuffer* pBuffers;
};

// Credentials

using TimeStamp = LARGE_INTEGER;

#define SECPKG_CRED_OUTBOUND 2U
#define SECURITY_NETWORK_DREP 0U
#define SEC_WINNT_AUTH_IDENTITY_UNICODE 2U
#define SEC_WINNT_AUTH_IDENTITY_VERSION 0x200U

struct SEC_WINNT_AUTH_IDENTITY_W {
  unsigned short* User;
  ULONG UserLength;
  unsigned short* Domain;
  ULONG DomainLength;
  unsigned short* Password;
  ULONG PasswordLength;
  ULONG Flags;
};

struct SEC_WINNT_AUTH_IDENTITY_EXW {
  ULONG Version;
  ULONG Length;
  unsigned short* User;
  ULONG UserLength;
  unsigned short* Domain;
  ULONG DomainLength;
  unsigned short* Password;
  ULONG PasswordLength;
  ULONG Flags;
  unsigned short* PackageList;
  ULONG PackageListLength;
};

using PSEC_WINNT_AUTH_IDENTITY_OPAQUE = void*;

SECURITY_STATUS SspiEncodeStringsAsAuthIdentity(const wchar_t* user, const wchar_t* domain, const wchar_t* packed,
                                                PSEC_WINNT_AUTH_IDENTITY_OPAQUE* identity);
SECURITY_STATUS SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, const wchar_t** user,
                                                const wchar_t** domain, const wchar_t** packed);
void SspiLocalFree(void* data);
void SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity);
void SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity);

#define SECPKG_CRED_ATTR_NAMES 1U

struct SecPkgCredentials_NamesW {
  wchar_t* sUserName;
};

#define SECPKG_CRED_ATTR_SSI_PROVIDER 2U
#define SECPKG_CRED_ATTR_CERT 4U

struct SecPkgCredentials_SSIProviderW {
  wchar_t* sProviderName;
  ULONG ProviderInfoLength;
  char* ProviderInfo;
};

struct SecPkgCredentials_Cert {
  ULONG EncodedCertSize;
  unsigned char* EncodedCert;
};

// Packages

struct SecPkgInfoW {
  ULONG fCapabilities;
  uint16_t wVersion;
  uint16_t wRPCID;
  ULONG cbMaxToken;
  wchar_t* Name;
  wchar_t* Comment;
};

// Context attributes

#define SECPKG_ATTR_SIZES 0U
#define SECPKG_ATTR_NAMES 1U
#define SECPKG_ATTR_LIFESPAN 2U
#define SECPKG_ATTR_STREAM_SIZES 4U
#define SECPKG_ATTR_SESSION_KEY 9U
#define SECPKG_ATTR_PACKAGE_INFO 10U
#define SECPKG_ATTR_NEGOTIATION_INFO 12U
#define SECPKG_ATTR_NATIVE_NAMES 13U
#define SECPKG_ATTR_FLAGS 14U
#define SECPKG_ATTR_DCE_INFO 3U
#define SECPKG_ATTR_KEY_INFO 5U
#define SECPKG_ATTR_AUTHORITY 6U
#define SECPKG_ATTR_PROTO_INFO 7U
#define SECPKG_ATTR_PASSWORD_EXPIRY 8U
#define SECPKG_ATTR_USER_FLAGS 11U
#define SECPKG_ATTR_CREDENTIAL_NAME 16U
#define SECPKG_ATTR_TARGET_INFORMATION 17U
#define SECPKG_ATTR_TARGET 19U
#define SECPKG_ATTR_AUTHENTICATION_ID 20U
#define SECPKG_ATTR_LOGOFF_TIME 21U
#define SECPKG_ATTR_NEGO_KEYS 22U
#define SECPKG_ATTR_PROMPTING_NEEDED 24U
#define SECPKG_ATTR_UNIQUE_BINDINGS 25U
#define SECPKG_ATTR_ENDPOINT_BINDINGS 26U
#define SECPKG_ATTR_CLIENT_SPECIFIED_TARGET 27U
#define SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS 30U
#define SECPKG_ATTR_NEGO_PKG_INFO 31U
#define SECPKG_ATTR_NEGO_STATUS 32U

struct SecPkgContext_Sizes {
  ULONG cbMaxToken;
  ULONG cbMaxSignature;
  ULONG cbBlockSize;
  ULONG cbSecurityTrailer;
};

struct SecPkgContext_NamesW {
  wchar_t* sUserName;
};

struct SecPkgContext_Lifespan {
  TimeStamp tsStart;
  TimeStamp tsExpiry;
};

struct SecPkgContext_StreamSizes {
  ULONG cbHeader;
  ULONG cbTrailer;
  ULONG cbMaximumMessage;
  ULONG cBuffers;
  ULONG cbBlockSize;
};

struct SecPkgContext_SessionKey {
  ULONG SessionKeyLength;
  unsigned char* SessionKey;
};

struct SecPkgContext_PackageInfoW {
  SecPkgInfoW* PackageInfo;
};

struct SecPkgContext_NegotiationInfoW {
  SecPkgInfoW* PackageInfo;
  ULONG NegotiationState;
};

struct SecPkgContext_NativeNamesW {
  wchar_t* sClientName;
  wchar_t* sServerName;
};

struct SecPkgContext_Flags {
  ULONG Flags;
};

struct SecPkgContext_DceInfo {
  ULONG AuthzSvc;
  void* pPac;
};

struct SecPkgContext_KeyInfoW {
  wchar_t* sSignatureAlgorithmName;
  wchar_t* sEncryptAlgorithmName;
  ULONG KeySize;
  ULONG SignatureAlgorithm;
  ULONG EncryptAlgorithm;
};

struct SecPkgContext_AuthorityW {
  wchar_t* sAuthorityName;
};

struct SecPkgContext_ProtoInfoW {
  wchar_t* sProtocolName;
  ULONG majorVersion;
  ULONG minorVersion;
};

struct SecPkgContext_PasswordExpiry {
  TimeStamp tsPasswordExpires;
};

struct SecPkgContext_UserFlags {
  ULONG UserFlags;
};

struct SecPkgContext_CredentialNameW {
  ULONG CredentialType;
  wchar_t* sCredentialName;
};

struct SecPkgContext_TargetInformation {
  ULONG MarshalledTargetInfoLength;
  unsigned char* MarshalledTargetInfo;
};

struct SecPkgContext_Target {
  ULONG TargetLength;
  char* Target;
};

struct SecPkgContext_AuthzID {
  ULONG AuthzIDLength;
  char* AuthzID;
};

struct SecPkgContext_LogoffTime {
  TimeStamp tsLogoffTime;
};

struct SecPkgContext_NegoKeys {
  ULONG KeyType;
  unsigned short KeyLength;
  unsigned char* KeyValue;
  ULONG VerifyKeyType;
  unsigned short VerifyKeyLength;
  unsigned char* VerifyKeyValue;
};

struct SecPkgContext_CredInfo {
  ULONG CredClass;
  ULONG IsPromptingNeeded;
};

struct SecPkgContext_Bindings {
  ULONG BindingsLength;
  void* Bindings;
};

struct SecPkgContext_ClientSpecifiedTarget {
  wchar_t* sTargetName;
};

struct SecPkgContext_LastClientTokenStatus {
  ULONG LastClientTokenStatus;
};

struct SecPkgContext_NegoPackageInfo {
  ULONG PackageMask;
};

struct SecPkgContext_NegoStatus {
  ULONG LastStatus;
};

// Functions

SECURITY_STATUS AcquireCredentialsHandleW(wchar_t* principal, wchar_t* package, ULONG use, void* logonId,
                                          void* authData, void* getKey, void* getKeyArgument, CredHandle* credential,
                                          TimeStamp* expiry);
SECURITY_STATUS FreeCredentialsHandle(CredHandle* credential);
SECURITY_STATUS QueryCredentialsAttributesW(CredHandle* credential, ULONG attribute, void* value);

SECURITY_STATUS InitializeSecurityContextW(CredHandle* credential, CtxtHandle* context, wchar_t* target,
                                           ULONG requested, ULONG reserved1, ULONG representation, SecBufferDesc* input,
                                           ULONG reserved2, CtxtHandle* newContext, SecBufferDesc* output,
                                           ULONG* granted, TimeStamp* expiry);
SECURITY_STATUS AcceptSecurityContext(CredHandle* credential, CtxtHandle* context, SecBufferDesc* input,
                                      ULONG requested, ULONG representation, CtxtHandle* newContext,
                                      SecBufferDesc* output, ULONG* granted, TimeStamp* expiry);
SECURITY_STATUS CompleteAuthToken(CtxtHandle* context, SecBufferDesc* token);
SECURITY_STATUS DeleteSecurityContext(CtxtHandle* context);
SECURITY_STATUS QueryContextAttributesW(CtxtHandle* context, ULONG attribute, void* value);

SECURITY_STATUS EncryptMessage(CtxtHandle* context, ULONG qop, SecBufferDesc* message, ULONG sequence);
SECURITY_STATUS DecryptMessage(CtxtHandle* context, SecBufferDesc* message, ULONG sequence, ULONG* qop);
SECURITY_STATUS MakeSignature(CtxtHandle* context, ULONG qop, SecBufferDesc* message, ULONG sequence);
SECURITY_STATUS VerifySignature(CtxtHandle* context, SecBufferDesc* message, ULONG sequence, ULONG* qop);

SECURITY_STATUS QuerySecurityContextToken(CtxtHandle* context, void** token);
SECURITY_STATUS ImpersonateSecurityContext(CtxtHandle* context);
SECURITY_STATUS RevertSecurityContext(CtxtHandle* context);

SECURITY_STATUS EnumerateSecurityPackagesW(ULONG* count, SecPkgInfoW** packages);
SECURITY_STATUS QuerySecurityPackageInfoW(wchar_t* name, SecPkgInfoW** package);
SECURITY_STATUS FreeContextBuffer(void* memory);
