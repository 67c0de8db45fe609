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

#define TOKEN_IMPERSONATE 0x0004U
#define TOKEN_QUERY 0x0008U

HANDLE GetCurrentThread();
HANDLE GetCurrentThreadToken();
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

enum TOKEN_INFORMATION_CLASS { TokenUser = 1, TokenGroups = 2, TokenType = 8, TokenImpersonationLevel = 9 };
enum TOKEN_TYPE { TokenPrimary = 1, TokenImpersonation };
enum SECURITY_IMPERSONATION_LEVEL {
  SecurityAnonymous,
  SecurityIdentification,
  SecurityImpersonation,
  SecurityDelegation
};

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
