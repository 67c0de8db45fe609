#pragma once

#include "../sspi/platform.h"

namespace sspi {

// A slim reader/writer lock used as a mutex: no allocation, nothing to destroy.
class Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class Lock;
  SRWLOCK lock_ = SRWLOCK_INIT;
};

class Lock {
 public:
  explicit Lock(Mutex& mutex) noexcept : mutex_(mutex) { AcquireSRWLockExclusive(&mutex_.lock_); }
  ~Lock() { ReleaseSRWLockExclusive(&mutex_.lock_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace sspi
