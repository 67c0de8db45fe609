#include <atomic>
#include <utility>

#include "handles.h"

namespace standin {

namespace {

thread_local std::string user;
thread_local SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation;
std::atomic<DWORD> tokenError{ERROR_SUCCESS};
std::atomic<bool> actingRefused{false};
std::atomic<bool> revertingRefused{false};

}  // namespace

void actAs(std::string newUser, SECURITY_IMPERSONATION_LEVEL newLevel) {
  const OwnMemory own;
  user = std::move(newUser);
  level = newLevel;
}

std::optional<Object> objectOfThread() {
  if (user.empty()) {
    setLastError(ERROR_NO_TOKEN);
    return std::nullopt;
  }
  Object object{user, {}};
  object.contents.level = level;
  return object;
}

std::string actingAs() { return user; }
void refuseTokens(DWORD error) { tokenError = error; }
void refuseToAct(bool refused) { actingRefused = refused; }
void refuseToRevert(bool refused) { revertingRefused = refused; }

}  // namespace standin

// A pseudo handle: nothing to close.
HANDLE GetCurrentThread() { return reinterpret_cast<HANDLE>(intptr_t{-2}); }
HANDLE GetCurrentThreadToken() { return reinterpret_cast<HANDLE>(intptr_t{-5}); }

BOOL OpenThreadToken(HANDLE thread, DWORD access, BOOL openAsSelf, HANDLE* token) {
  if (thread != GetCurrentThread()) standin::violation("OpenThreadToken of another thread");
  if (openAsSelf != TRUE) standin::violation("OpenThreadToken with the rights of the one impersonated");
  if ((access & TOKEN_IMPERSONATE) == 0) standin::violation("OpenThreadToken without the right to impersonate");
  if (standin::tokenError != ERROR_SUCCESS || standin::user.empty()) {
    standin::setLastError(standin::user.empty() ? ERROR_NO_TOKEN : standin::tokenError.load());
    return FALSE;
  }
  *token = standin::openHandle(*standin::objectOfThread());
  return TRUE;
}

BOOL SetThreadToken(HANDLE* thread, HANDLE token) {
  if (thread != nullptr) standin::violation("SetThreadToken of another thread");
  if (token == nullptr) {
    if (standin::revertingRefused) return FALSE;
    standin::actAs({});
    return TRUE;
  }
  const standin::Object* const object = standin::find(token, "SetThreadToken");
  if (object == nullptr || standin::actingRefused) {
    standin::setLastError(ERROR_ACCESS_DENIED);
    return FALSE;
  }
  standin::actAs(object->user, object->contents.level);
  return TRUE;
}
