#include <ntsecapi.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cwchar>
#include <mutex>

#include "handles.h"

namespace standin {

namespace {

std::mutex mutex;
std::vector<KnownAccount> known;
std::wstring outOfReach;
DWORD reachError = ERROR_SUCCESS;
std::optional<std::wstring> sessionUser;
int64_t sessionTime = 0;
std::atomic<size_t> buffers{0};

bool isOutOfReach(const std::wstring& asked) {
  return reachError != ERROR_SUCCESS && asked.compare(0, outOfReach.size(), outOfReach) == 0;
}

// Writes a text with its length in characters, as the authority's calls do: the length needed counts the end, the
// length written does not.
bool write(const std::wstring& text, wchar_t* to, DWORD* length) {
  const auto needed = static_cast<DWORD>(text.size() + 1);
  if (*length < needed) {
    *length = needed;
    return false;
  }
  std::memcpy(to, text.c_str(), needed * sizeof(wchar_t));
  *length = needed - 1;
  return true;
}

BOOL failWith(DWORD error) {
  setLastError(error);
  return FALSE;
}

template <class Matches>
const KnownAccount* findAccount(Matches matches) {
  const auto found = std::find_if(known.begin(), known.end(), matches);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

std::vector<KnownAccount>& accounts() { return known; }

void putOutOfReach(std::wstring beginning, DWORD error) {
  outOfReach = std::move(beginning);
  reachError = error;
}

void setLogonSession(std::optional<std::wstring> user, int64_t time) {
  sessionUser = std::move(user);
  sessionTime = time;
}

size_t authorityBuffers() { return buffers; }

}  // namespace standin

BOOL LookupAccountSidW(const wchar_t* system, PSID sid, wchar_t* name, DWORD* nameLength, wchar_t* domain,
                       DWORD* domainLength, SID_NAME_USE* use) {
  const standin::OwnMemory own;
  const std::lock_guard<std::mutex> lock(standin::mutex);
  if (system != nullptr) standin::violation("a look-up on another machine");
  const std::wstring asked = static_cast<const wchar_t*>(sid);
  if (standin::isOutOfReach(asked)) return standin::failWith(standin::reachError);
  const standin::KnownAccount* account = standin::findAccount([&](auto& each) { return each.sid == asked; });
  if (account == nullptr) return standin::failWith(ERROR_NONE_MAPPED);
  const bool fits = standin::write(account->name, name, nameLength);
  if (!standin::write(account->domain, domain, domainLength) || !fits) {
    return standin::failWith(ERROR_INSUFFICIENT_BUFFER);
  }
  *use = account->use;
  return TRUE;
}

BOOL LookupAccountNameW(const wchar_t* system, const wchar_t* name, PSID sid, DWORD* sidSize, wchar_t* domain,
                        DWORD* domainLength, SID_NAME_USE* use) {
  const standin::OwnMemory own;
  const std::lock_guard<std::mutex> lock(standin::mutex);
  if (system != nullptr) standin::violation("a look-up on another machine");
  const std::wstring asked = name;
  if (standin::isOutOfReach(asked)) return standin::failWith(standin::reachError);
  const standin::KnownAccount* account = standin::findAccount([&](auto& each) { return each.name == asked; });
  if (account == nullptr) return standin::failWith(ERROR_NONE_MAPPED);
  const auto needed = static_cast<DWORD>((account->sid.size() + 1) * sizeof(wchar_t));
  const bool fits = *sidSize >= needed;
  if (fits) std::memcpy(sid, account->sid.c_str(), needed);
  *sidSize = needed;
  if (!standin::write(account->domain, domain, domainLength) || !fits) {
    return standin::failWith(ERROR_INSUFFICIENT_BUFFER);
  }
  *use = account->use;
  return TRUE;
}

NTSTATUS LsaGetLogonSessionData(LUID* id, SECURITY_LOGON_SESSION_DATA** data) {
  const standin::OwnMemory own;
  constexpr auto kAccessDenied = static_cast<NTSTATUS>(0xC0000022U);
  if (!standin::sessionUser) return kAccessDenied;
  auto* session = static_cast<SECURITY_LOGON_SESSION_DATA*>(std::calloc(1, sizeof(SECURITY_LOGON_SESSION_DATA)));
  const auto size = static_cast<WORD>(standin::sessionUser->size() * sizeof(wchar_t));
  session->LogonId = *id;
  // Not ended by a NUL: the length says how long it is.
  session->UserName = {size, size, static_cast<wchar_t*>(std::malloc(size))};
  std::memcpy(session->UserName.Buffer, standin::sessionUser->data(), size);
  session->LogonType = 3;
  session->LogonTime.QuadPart = standin::sessionTime;
  ++standin::buffers;
  *data = session;
  return 0;
}

NTSTATUS LsaFreeReturnBuffer(void* memory) {
  const standin::OwnMemory own;
  std::free(static_cast<SECURITY_LOGON_SESSION_DATA*>(memory)->UserName.Buffer);
  std::free(memory);
  --standin::buffers;
  return 0;
}
