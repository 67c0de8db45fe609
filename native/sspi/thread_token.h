#pragma once

#include <memory>

#include "platform.h"

namespace sspi {

// The identity that a thread impersonates. Credentials without an explicit identity are those of the calling thread, so
// a call that moves to another thread has to take the caller's token along.
class ThreadToken {
 public:
  // The calling thread's impersonation token; empty when the thread runs as the process.
  static ThreadToken ofCallingThread() noexcept;

  // False when the thread impersonates somebody, but does not let us know whom: an anonymous token cannot be opened,
  // for one. Calls must not be made as the process then, nor can the thread ever be given that token again.
  bool isKnown() const noexcept { return !isUnknown_; }

  // Gives the current thread the token again, if there is one. False when that failed.
  bool restore() const noexcept;

  // While it lives, the current thread acts under the token. Always reverts.
  class Assumed {
   public:
    explicit Assumed(const ThreadToken& token) noexcept;
    ~Assumed();
    Assumed(const Assumed&) = delete;
    Assumed& operator=(const Assumed&) = delete;

    // False when the token could not be assumed: the call must not be made as somebody else.
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
