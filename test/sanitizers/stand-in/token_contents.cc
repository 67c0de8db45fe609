#include <sddl.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>

#include "handles.h"

namespace standin {

namespace {

std::mutex mutex;
std::set<void*> blocks;
std::atomic<unsigned> callsToRefusal{0};
std::atomic<DWORD> refusal{ERROR_SUCCESS};

bool isRefused() {
  if (callsToRefusal == 0 || --callsToRefusal != 0) return false;
  setLastError(refusal);
  return true;
}

// A structure, and behind it the SIDs that it points to: all in the caller's memory, as Windows does it.
class Writer {
 public:
  Writer(void* memory, size_t structure) : memory_(static_cast<BYTE*>(memory)), used_(structure) {}

  PSID add(const std::wstring& sid) {
    const size_t size = (sid.size() + 1) * sizeof(wchar_t);
    void* const place = memory_ + used_;
    used_ += size;
    return std::memcpy(place, sid.c_str(), size);
  }

 private:
  BYTE* memory_;
  size_t used_;
};

std::optional<Object> tokenObject(HANDLE token) {
  if (token == GetCurrentThreadToken()) return objectOfThread();
  const Object* const object = find(token, "GetTokenInformation");
  return object == nullptr ? std::nullopt : std::optional<Object>(*object);
}

size_t textSize(const std::wstring& text) { return (text.size() + 1) * sizeof(wchar_t); }

size_t groupsSize(size_t count) { return offsetof(TOKEN_GROUPS, Groups) + count * sizeof(SID_AND_ATTRIBUTES); }

size_t sizeOf(const TokenContents& token, TOKEN_INFORMATION_CLASS what) {
  size_t size = 0;
  switch (what) {
    case TokenUser:
      return sizeof(TOKEN_USER) + textSize(token.user);
    case TokenGroups:
      size = groupsSize(token.groups.size());
      for (const auto& [sid, attributes] : token.groups) size += textSize(sid);
      return size;
    case TokenType:
      return sizeof(TOKEN_TYPE);
    case TokenImpersonationLevel:
      return sizeof(SECURITY_IMPERSONATION_LEVEL);
    case TokenPrivileges:
      return offsetof(TOKEN_PRIVILEGES, Privileges) + token.privileges.size() * sizeof(LUID_AND_ATTRIBUTES);
    case TokenStatistics:
      return sizeof(TOKEN_STATISTICS);
    case TokenElevation:
    case TokenHasRestrictions:
      return sizeof(DWORD);
    case TokenElevationType:
      return sizeof(TOKEN_ELEVATION_TYPE);
    case TokenIntegrityLevel:
      return sizeof(TOKEN_MANDATORY_LABEL) + textSize(*token.integrity);
    case TokenUserClaimAttributes:
      return token.claims->size();
  }
  return 0;
}

bool isKnown(const TokenContents& token, TOKEN_INFORMATION_CLASS what) {
  switch (what) {
    case TokenElevation:
      return token.elevated.has_value();
    case TokenElevationType:
      return token.elevationType.has_value();
    case TokenHasRestrictions:
      return token.restricted.has_value();
    case TokenIntegrityLevel:
      return token.integrity.has_value();
    case TokenUserClaimAttributes:
      return token.claims.has_value();
    default:
      return true;
  }
}

// Offsets become pointers: the test writes them where the structures have pointers.
void relocate(void** pointer, BYTE* base) {
  if (*pointer != nullptr) *pointer = base + reinterpret_cast<uintptr_t>(*pointer);
}

void writeClaims(const std::vector<BYTE>& claims, BYTE* memory) {
  if (claims.empty()) return;
  std::memcpy(memory, claims.data(), claims.size());
  auto* information = reinterpret_cast<CLAIM_SECURITY_ATTRIBUTES_INFORMATION*>(memory);
  relocate(reinterpret_cast<void**>(&information->Attribute.pAttributeV1), memory);
  for (DWORD i = 0; i < information->AttributeCount; ++i) {
    CLAIM_SECURITY_ATTRIBUTE_V1& claim = information->Attribute.pAttributeV1[i];
    relocate(reinterpret_cast<void**>(&claim.Name), memory);
    relocate(reinterpret_cast<void**>(&claim.Values.pInt64), memory);
    for (DWORD j = 0; j < claim.ValueCount; ++j) {
      if (claim.ValueType == CLAIM_SECURITY_ATTRIBUTE_TYPE_STRING) {
        relocate(reinterpret_cast<void**>(&claim.Values.ppString[j]), memory);
      } else if (claim.ValueType == CLAIM_SECURITY_ATTRIBUTE_TYPE_OCTET_STRING) {
        relocate(&claim.Values.pOctetString[j].pValue, memory);
      }
    }
  }
}

void writePrivileges(const TokenContents& token, TOKEN_PRIVILEGES* privileges) {
  privileges->PrivilegeCount = static_cast<DWORD>(token.privileges.size());
  LUID_AND_ATTRIBUTES* privilege = privileges->Privileges;
  for (const auto& [number, attributes] : token.privileges) *privilege++ = {{number, 0}, attributes};
}

void write(const TokenContents& token, TOKEN_INFORMATION_CLASS what, void* memory) {
  if (what == TokenUser) {
    static_cast<TOKEN_USER*>(memory)->User = {Writer(memory, sizeof(TOKEN_USER)).add(token.user), 0};
  } else if (what == TokenGroups) {
    auto* const groups = static_cast<TOKEN_GROUPS*>(memory);
    Writer writer(memory, groupsSize(token.groups.size()));
    groups->GroupCount = 0;
    SID_AND_ATTRIBUTES* group = groups->Groups;
    for (const auto& [sid, attributes] : token.groups) {
      *group++ = {writer.add(sid), attributes};
      ++groups->GroupCount;
    }
  } else if (what == TokenType) {
    *static_cast<TOKEN_TYPE*>(memory) = token.type;
  } else if (what == TokenPrivileges) {
    writePrivileges(token, static_cast<TOKEN_PRIVILEGES*>(memory));
  } else if (what == TokenStatistics) {
    *static_cast<TOKEN_STATISTICS*>(memory) = {{}, token.logonId, {}};
  } else if (what == TokenElevation) {
    static_cast<TOKEN_ELEVATION*>(memory)->TokenIsElevated = *token.elevated;
  } else if (what == TokenElevationType) {
    *static_cast<TOKEN_ELEVATION_TYPE*>(memory) = *token.elevationType;
  } else if (what == TokenHasRestrictions) {
    *static_cast<DWORD*>(memory) = *token.restricted;
  } else if (what == TokenIntegrityLevel) {
    static_cast<TOKEN_MANDATORY_LABEL*>(memory)->Label = {
        Writer(memory, sizeof(TOKEN_MANDATORY_LABEL)).add(*token.integrity), 0};
  } else if (what == TokenUserClaimAttributes) {
    writeClaims(*token.claims, static_cast<BYTE*>(memory));
  } else {
    *static_cast<SECURITY_IMPERSONATION_LEVEL*>(memory) = token.level;
  }
}

}  // namespace

const std::vector<std::wstring>& privilegeNames() {
  static const std::vector<std::wstring>* const names =
      new std::vector<std::wstring>{L"SeChangeNotifyPrivilege", L"SeImpersonatePrivilege"};
  return *names;
}

TokenContents& processToken() {
  static auto* const contents = new TokenContents;
  return *contents;
}

HANDLE openToken(TokenContents contents) { return openHandle({{}, std::move(contents)}); }

void refuseToTell(unsigned call, DWORD error) {
  callsToRefusal = call;
  refusal = error;
}

size_t localBlocks() {
  const std::lock_guard<std::mutex> lock(mutex);
  return blocks.size();
}

}  // namespace standin

BOOL GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what, void* memory, DWORD size, DWORD* needed) {
  const standin::OwnMemory own;
  const std::optional<standin::Object> object = standin::tokenObject(token);
  if (!object || standin::isRefused()) return FALSE;
  if (!standin::isKnown(object->contents, what)) {
    standin::setLastError(ERROR_ACCESS_DENIED);
    return FALSE;
  }
  *needed = static_cast<DWORD>(standin::sizeOf(object->contents, what));
  if (size < *needed) {
    standin::setLastError(ERROR_INSUFFICIENT_BUFFER);
    return FALSE;
  }
  if (what == TokenImpersonationLevel && object->contents.type == TokenPrimary) {
    standin::violation("TokenImpersonationLevel of a primary token");
  }
  standin::write(object->contents, what, memory);
  return TRUE;
}

BOOL ConvertSidToStringSidW(PSID sid, wchar_t** text) {
  const standin::OwnMemory own;
  if (standin::isRefused()) return FALSE;
  const std::wstring copy = static_cast<const wchar_t*>(sid);
  *text = static_cast<wchar_t*>(std::malloc(standin::textSize(copy)));
  std::memcpy(*text, copy.c_str(), standin::textSize(copy));
  const std::lock_guard<std::mutex> lock(standin::mutex);
  standin::blocks.insert(*text);
  return TRUE;
}

void* LocalFree(void* memory) {
  const standin::OwnMemory own;
  if (memory == nullptr) return nullptr;
  const std::lock_guard<std::mutex> lock(standin::mutex);
  if (standin::blocks.erase(memory) == 0) {
    standin::violation("LocalFree of what is no local memory, or no longer");
    return memory;
  }
  std::free(memory);
  return nullptr;
}

HANDLE GetCurrentProcess() { return reinterpret_cast<HANDLE>(intptr_t{-1}); }

BOOL OpenProcessToken(HANDLE process, DWORD access, HANDLE* token) {
  const standin::OwnMemory own;
  if (process != GetCurrentProcess()) standin::violation("OpenProcessToken of another process");
  if ((access & TOKEN_QUERY) == 0) standin::violation("OpenProcessToken without the right to ask");
  if (standin::isRefused()) return FALSE;
  *token = standin::openToken(standin::processToken());
  return TRUE;
}

BOOL DuplicateToken(HANDLE token, SECURITY_IMPERSONATION_LEVEL level, HANDLE* copy) {
  const standin::OwnMemory own;
  const standin::Object* const object = standin::find(token, "DuplicateToken");
  if (object == nullptr || standin::isRefused()) return FALSE;
  standin::TokenContents contents = object->contents;
  contents.type = TokenImpersonation;
  contents.level = level;
  *copy = standin::openToken(std::move(contents));
  return TRUE;
}

BOOL CheckTokenMembership(HANDLE token, PSID sid, BOOL* isMember) {
  constexpr DWORD kEnabled = 4;
  const standin::OwnMemory own;
  const standin::Object* const object = standin::find(token, "CheckTokenMembership");
  if (object == nullptr || standin::isRefused()) return FALSE;
  if (object->contents.type == TokenPrimary) {
    standin::setLastError(ERROR_NO_IMPERSONATION_TOKEN);
    return FALSE;
  }
  const std::wstring asked = static_cast<const wchar_t*>(sid);
  *isMember = FALSE;
  for (const auto& [group, attributes] : object->contents.groups) {
    if (group == asked && (attributes & kEnabled) != 0) *isMember = TRUE;
  }
  return TRUE;
}

BOOL LookupPrivilegeNameW(const wchar_t* system, LUID* privilege, wchar_t* name, DWORD* length) {
  const standin::OwnMemory own;
  if (system != nullptr) standin::violation("a privilege of another machine");
  if (standin::isRefused()) return FALSE;
  if (privilege->LowPart >= standin::privilegeNames().size()) {
    standin::setLastError(ERROR_NO_SUCH_PRIVILEGE);
    return FALSE;
  }
  const std::wstring& found = standin::privilegeNames()[privilege->LowPart];
  if (*length < found.size() + 1) {
    standin::setLastError(ERROR_INSUFFICIENT_BUFFER);
    return FALSE;
  }
  std::memcpy(name, found.c_str(), standin::textSize(found));
  *length = static_cast<DWORD>(found.size());
  return TRUE;
}
