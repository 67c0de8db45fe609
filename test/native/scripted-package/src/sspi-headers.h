/* The Windows headers that the package is written against, in the order they need. */
#ifndef SCRIPTED_SSPI_HEADERS_H
#define SCRIPTED_SSPI_HEADERS_H

#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#ifndef UNICODE
#define UNICODE
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifdef _MSC_VER
#define _CRT_SECURE_NO_WARNINGS
#endif

#include <windows.h>

#include <sspi.h>

/* sspi.h of MinGW-w64 and of the Windows SDK both define these since Windows 8; older ones do not. */
#ifndef SEC_WINNT_AUTH_IDENTITY_VERSION_2
#define SEC_WINNT_AUTH_IDENTITY_VERSION_2 0x201
#endif

/* SECBUFFER_CHANNEL_BINDINGS_RESULT, of Windows 11 24H2: newer than many an SDK. */
enum { CHANNEL_BINDINGS_RESULT = 30 };

#endif
