#include "logon_session.h"

#include <ntsecapi.h>

#include <memory>

#include "../sspi/timestamp.h"

namespace sspi {

namespace {

constexpr RecordKind kLogonSession{"user,domain,package,server,dnsDomain,principalName,type,terminalSession,time"};

struct FreeReturned {
  void operator()(SECURITY_LOGON_SESSION_DATA* data) const noexcept { LsaFreeReturnBuffer(data); }
};

std::wstring toText(const LSA_UNICODE_STRING& text) {
  return text.Buffer == nullptr ? std::wstring() : std::wstring(text.Buffer, text.Length / sizeof(wchar_t));
}

}  // namespace

Value queryLogonSession(LUID id) {
  SECURITY_LOGON_SESSION_DATA* data = nullptr;
  const NTSTATUS status = LsaGetLogonSessionData(&id, &data);
  const std::unique_ptr<SECURITY_LOGON_SESSION_DATA, FreeReturned> owned(status == 0 ? data : nullptr);
  if (!owned) return {};
  const std::optional<double> time = utcToUnixMilliseconds(data->LogonTime);
  Value record =
      makeRecord(kLogonSession, toText(data->UserName), toText(data->LogonDomain), toText(data->AuthenticationPackage),
                 toText(data->LogonServer), toText(data->DnsDomainName), toText(data->Upn),
                 static_cast<uint32_t>(data->LogonType), static_cast<uint32_t>(data->Session));
  std::get<Record>(record.held).fields.push_back(time ? Value{*time} : Value{});
  return record;
}

}  // namespace sspi
