#pragma once

// https://learn.microsoft.com/en-us/windows/win32/api/sddl/

#include <windows.h>

// The text is for LocalFree.
BOOL ConvertSidToStringSidW(PSID sid, wchar_t** text);
