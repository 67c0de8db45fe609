#pragma once

// What native/sspi and native/threads use of the Windows API, over POSIX threads, so that the sanitizers of Linux can
// watch them. Names and numbers are those of https://learn.microsoft.com/en-us/windows/win32/api/; nothing that the
// native code does not use is here. The controls that tests have over it are in controls.h.

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

static_assert(sizeof(wchar_t) == 2, "compile with -fshort-wchar: Windows' wide characters have 16 bits");

using BOOL = int;
using BYTE = unsigned char;
using WORD = uint16_t;
using DWORD = uint32_t;
using LONG = int32_t;
using ULONG = uint32_t;
using ULONG_PTR = uintptr_t;
using SIZE_T = size_t;
using HANDLE = void*;
using LPVOID = void*;

#define TRUE 1
#define FALSE 0
#define WINAPI

#define ERROR_SUCCESS 0U
#define ERROR_ACCESS_DENIED 5U
#define ERROR_INSUFFICIENT_BUFFER 122U
#define ERROR_NO_TOKEN 1008U
#define ERROR_NO_SUCH_PRIVILEGE 1313U
#define ERROR_NO_IMPERSONATION_TOKEN 1309U
#define ERROR_NONE_MAPPED 1332U
#define ERROR_BAD_IMPERSONATION_LEVEL 1346U
#define ERROR_CANT_OPEN_ANONYMOUS 1347U
#define ERROR_TIMEOUT 1460U

#define HRESULT_FROM_WIN32(error) \
  static_cast<int32_t>((error) == ERROR_SUCCESS ? 0U : ((error) & 0x0000FFFFU) | 0x80070000U)

DWORD GetLastError();
BOOL CloseHandle(HANDLE handle);
void* LocalFree(void* memory);

#define CopyMemory(destination, source, length) std::memcpy((destination), (source), (length))

inline void* SecureZeroMemory(void* memory, SIZE_T length) {
  auto* bytes = static_cast<volatile BYTE*>(memory);
  for (SIZE_T i = 0; i < length; ++i) bytes[i] = 0;
  return memory;
}

// Locks

struct SRWLOCK {
  pthread_mutex_t mutex;
};
// A slim lock is not recursive: the error-checking kind says so instead of hanging.
#define SRWLOCK_INIT {PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP}

struct CONDITION_VARIABLE {
  pthread_cond_t condition;
};
#define CONDITION_VARIABLE_INIT {PTHREAD_COND_INITIALIZER}

void AcquireSRWLockExclusive(SRWLOCK* lock);
void ReleaseSRWLockExclusive(SRWLOCK* lock);
BOOL SleepConditionVariableSRW(CONDITION_VARIABLE* condition, SRWLOCK* lock, DWORD milliseconds, ULONG flags);
void WakeConditionVariable(CONDITION_VARIABLE* condition);
void WakeAllConditionVariable(CONDITION_VARIABLE* condition);

// Threads

using LPTHREAD_START_ROUTINE = DWORD(WINAPI*)(LPVOID);
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000U

struct SYSTEM_INFO {
  DWORD dwNumberOfProcessors;
};

HANDLE CreateThread(void* attributes, SIZE_T stackBytes, LPTHREAD_START_ROUTINE routine, LPVOID argument, DWORD flags,
                    DWORD* identifier);
void GetSystemInfo(SYSTEM_INFO* info);

#if defined(__x86_64__) || defined(__i386__)
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() asm volatile("yield")
#endif

// Thread tokens

#define TOKEN_DUPLICATE 0x0002U
#define TOKEN_IMPERSONATE 0x0004U
#define TOKEN_QUERY 0x0008U

HANDLE GetCurrentThread();
HANDLE GetCurrentThreadToken();
HANDLE GetCurrentProcess();
BOOL OpenProcessToken(HANDLE process, DWORD access, HANDLE* token);
BOOL OpenThreadToken(HANDLE thread, DWORD access, BOOL openAsSelf, HANDLE* token);
BOOL SetThreadToken(HANDLE* thread, HANDLE token);

using PSID = void*;

struct SID_AND_ATTRIBUTES {
  PSID Sid;
  DWORD Attributes;
};

struct TOKEN_USER {
  SID_AND_ATTRIBUTES User;
};

struct TOKEN_GROUPS {
  DWORD GroupCount;
  SID_AND_ATTRIBUTES Groups[1];
};

struct LUID {
  DWORD LowPart;
  LONG HighPart;
};

struct LUID_AND_ATTRIBUTES {
  LUID Luid;
  DWORD Attributes;
};

struct TOKEN_PRIVILEGES {
  DWORD PrivilegeCount;
  LUID_AND_ATTRIBUTES Privileges[1];
};

struct TOKEN_ELEVATION {
  DWORD TokenIsElevated;
};

struct TOKEN_MANDATORY_LABEL {
  SID_AND_ATTRIBUTES Label;
};

enum TOKEN_INFORMATION_CLASS {
  TokenUser = 1,
  TokenGroups = 2,
  TokenPrivileges = 3,
  TokenType = 8,
  TokenImpersonationLevel = 9,
  TokenStatistics = 10,
  TokenElevationType = 18,
  TokenElevation = 20,
  TokenHasRestrictions = 21,
  TokenIntegrityLevel = 25,
  TokenUserClaimAttributes = 33
};
enum TOKEN_ELEVATION_TYPE { TokenElevationTypeDefault = 1, TokenElevationTypeFull, TokenElevationTypeLimited };
enum TOKEN_TYPE { TokenPrimary = 1, TokenImpersonation };
enum SECURITY_IMPERSONATION_LEVEL {
  SecurityAnonymous,
  SecurityIdentification,
  SecurityImpersonation,
  SecurityDelegation
};

// The members that nobody reads stand for all that lie between.
struct TOKEN_STATISTICS {
  LUID TokenId;
  LUID AuthenticationId;
  int64_t others[5];
};

struct CLAIM_SECURITY_ATTRIBUTE_OCTET_STRING_VALUE {
  void* pValue;
  DWORD ValueLength;
};

struct CLAIM_SECURITY_ATTRIBUTE_V1 {
  wchar_t* Name;
  WORD ValueType;
  WORD Reserved;
  DWORD Flags;
  DWORD ValueCount;
  union {
    int64_t* pInt64;
    uint64_t* pUint64;
    wchar_t** ppString;
    CLAIM_SECURITY_ATTRIBUTE_OCTET_STRING_VALUE* pOctetString;
  } Values;
};

struct CLAIM_SECURITY_ATTRIBUTES_INFORMATION {
  WORD Version;
  WORD Reserved;
  DWORD AttributeCount;
  union {
    CLAIM_SECURITY_ATTRIBUTE_V1* pAttributeV1;
  } Attribute;
};

#define CLAIM_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1 1
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_INT64 1
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_UINT64 2
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_STRING 3
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_SID 5
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_BOOLEAN 6
#define CLAIM_SECURITY_ATTRIBUTE_TYPE_OCTET_STRING 16

BOOL DuplicateToken(HANDLE token, SECURITY_IMPERSONATION_LEVEL level, HANDLE* copy);
BOOL CheckTokenMembership(HANDLE token, PSID sid, BOOL* isMember);
BOOL LookupPrivilegeNameW(const wchar_t* system, LUID* privilege, wchar_t* name, DWORD* length);

// Accounts

enum SID_NAME_USE { SidTypeUser = 1, SidTypeGroup, SidTypeDomain, SidTypeAlias, SidTypeWellKnownGroup };

BOOL LookupAccountSidW(const wchar_t* system, PSID sid, wchar_t* name, DWORD* nameLength, wchar_t* domain,
                       DWORD* domainLength, SID_NAME_USE* use);
BOOL LookupAccountNameW(const wchar_t* system, const wchar_t* name, PSID sid, DWORD* sidSize, wchar_t* domain,
                        DWORD* domainLength, SID_NAME_USE* use);

BOOL GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what, void* memory, DWORD size, DWORD* needed);

// Time

union LARGE_INTEGER {
  struct {
    DWORD LowPart;
    LONG HighPart;
  } u;
  int64_t QuadPart;
};

struct FILETIME {
  DWORD dwLowDateTime;
  DWORD dwHighDateTime;
};

BOOL QueryPerformanceFrequency(LARGE_INTEGER* frequency);
BOOL QueryPerformanceCounter(LARGE_INTEGER* count);
BOOL LocalFileTimeToFileTime(const FILETIME* local, FILETIME* utc);
