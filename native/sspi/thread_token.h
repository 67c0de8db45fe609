#pragma once

#include <memory>

#include "platform.h"

namespace sspi {

// The identity that a thread impersonates. Credentials without an explicit identity are those of the calling thread, so
// a call that moves to another thread needs the caller's token.
class ThreadToken {
 public:
  // The calling thread's impersonation token; empty when the thread runs as the process.
  static ThreadToken ofCallingThread() noexcept;

  // False if the thread impersonates somebody, but it cannot be determined whom: an anonymous token cannot be opened,
  // for example. Calls must not be made as the process then, and the thread could not get that token back.
  bool isKnown() const noexcept { return !isUnknown_; }

  // Sets the token on the current thread again, if there is one. False if that failed.
  bool restore() const noexcept;

  // During its lifetime, the current thread acts with the token. Always reverts.
  class Assumed {
   public:
    explicit Assumed(const ThreadToken& token) noexcept;
    ~Assumed();
    Assumed(const Assumed&) = delete;
    Assumed& operator=(const Assumed&) = delete;

    // False if the token could not be set: the call must not be made as somebody else.
    bool succeeded() const noexcept { return succeeded_; }

   private:
    bool assumed_;
    bool succeeded_;
  };

 private:
  struct Close {
    void operator()(HANDLE handle) const noexcept { CloseHandle(handle); }
  };
  std::unique_ptr<void, Close> handle_;
  bool isUnknown_ = false;
};

}  // namespace sspi
