#include "logon_session.h"

#include <ntsecapi.h>

#include <memory>

#include "../sspi/timestamp.h"

namespace sspi {

namespace {

struct FreeReturned {
  void operator()(SECURITY_LOGON_SESSION_DATA* data) const noexcept { LsaFreeReturnBuffer(data); }
};

std::wstring toText(const LSA_UNICODE_STRING& text) {
  return text.Buffer == nullptr ? std::wstring() : std::wstring(text.Buffer, text.Length / sizeof(wchar_t));
}

}  // namespace

std::optional<LogonSession> queryLogonSession(LUID id) {
  SECURITY_LOGON_SESSION_DATA* data = nullptr;
  const NTSTATUS status = LsaGetLogonSessionData(&id, &data);
  const std::unique_ptr<SECURITY_LOGON_SESSION_DATA, FreeReturned> owned(status == 0 ? data : nullptr);
  if (!owned) return std::nullopt;
  return LogonSession{toText(data->UserName),
                      toText(data->LogonDomain),
                      toText(data->AuthenticationPackage),
                      toText(data->LogonServer),
                      toText(data->DnsDomainName),
                      toText(data->Upn),
                      static_cast<uint32_t>(data->LogonType),
                      static_cast<uint32_t>(data->Session),
                      utcToUnixMilliseconds(data->LogonTime)};
}

}  // namespace sspi
