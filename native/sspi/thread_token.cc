#include "thread_token.h"

#include <cstdlib>

namespace sspi {

ThreadToken ThreadToken::ofCallingThread() noexcept {
  ThreadToken token;
  HANDLE handle = nullptr;
  if (OpenThreadToken(GetCurrentThread(), TOKEN_IMPERSONATE | TOKEN_QUERY, TRUE, &handle)) {
    token.handle_.reset(handle);
  } else {
    token.isUnknown_ = GetLastError() != ERROR_NO_TOKEN;
  }
  return token;
}

bool ThreadToken::restore() const noexcept { return !handle_ || SetThreadToken(nullptr, handle_.get()); }

ThreadToken::Assumed::Assumed(const ThreadToken& token) noexcept
    : assumed_(token.handle_ && SetThreadToken(nullptr, token.handle_.get())),
      succeeded_(assumed_ || (!token.handle_ && token.isKnown())) {}

ThreadToken::Assumed::~Assumed() {
  // A pool thread that is still impersonating would serve the next user as this one, so the process cannot continue.
  if (assumed_ && !SetThreadToken(nullptr, nullptr)) std::abort();
}

}  // namespace sspi
