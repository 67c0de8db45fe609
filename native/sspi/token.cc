#include "token.h"

#include "win32_error.h"

namespace sspi {

TokenResult tokenOfContext(CtxtHandle& context) {
  void* handle = nullptr;
  const Status status = QuerySecurityContextToken(&context, &handle);
  return {status, Token(status == SEC_E_OK ? handle : nullptr)};
}

TokenResult tokenOfProcess() {
  HANDLE handle = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &handle)) {
    return {statusOf(Win32Error{GetLastError()}), nullptr};
  }
  return {SEC_E_OK, Token(handle)};
}

}  // namespace sspi
