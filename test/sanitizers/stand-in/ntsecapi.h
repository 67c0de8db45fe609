#pragma once

// https://learn.microsoft.com/en-us/windows/win32/api/ntsecapi/

#include <windows.h>

using NTSTATUS = int32_t;

struct LSA_UNICODE_STRING {
  WORD Length;
  WORD MaximumLength;
  wchar_t* Buffer;
};

struct SECURITY_LOGON_SESSION_DATA {
  ULONG Size;
  LUID LogonId;
  LSA_UNICODE_STRING UserName;
  LSA_UNICODE_STRING LogonDomain;
  LSA_UNICODE_STRING AuthenticationPackage;
  ULONG LogonType;
  ULONG Session;
  PSID Sid;
  LARGE_INTEGER LogonTime;
  LSA_UNICODE_STRING LogonServer;
  LSA_UNICODE_STRING DnsDomainName;
  LSA_UNICODE_STRING Upn;
};

NTSTATUS LsaGetLogonSessionData(LUID* id, SECURITY_LOGON_SESSION_DATA** data);
// Memory for LsaFreeReturnBuffer.
NTSTATUS LsaFreeReturnBuffer(void* memory);
