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
  }
  return 0;
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
  } else {
    *static_cast<SECURITY_IMPERSONATION_LEVEL*>(memory) = token.level;
  }
}

}  // namespace

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
