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
  friend class Condition;
  SRWLOCK lock_ = SRWLOCK_INIT;
};

// Holds a mutex for a scope. Functions that need a mutex held take a `const Lock&`, so that the compiler proves it.
class Lock {
 public:
  explicit Lock(Mutex& mutex) noexcept : mutex_(mutex) { AcquireSRWLockExclusive(&mutex_.lock_); }
  ~Lock() { ReleaseSRWLockExclusive(&mutex_.lock_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  friend class Condition;
  Mutex& mutex_;
};

class Condition {
 public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // False if the time is up. Spurious wake-ups are possible.
  bool wait(const Lock& lock, DWORD milliseconds) noexcept {
    return SleepConditionVariableSRW(&condition_, &lock.mutex_.lock_, milliseconds, 0) != FALSE;
  }
  void wakeOne() noexcept { WakeConditionVariable(&condition_); }
  void wakeAll() noexcept { WakeAllConditionVariable(&condition_); }

 private:
  CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

}  // namespace sspi
