#include <ctime>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "handles.h"

namespace standin {

namespace {

std::atomic<double> pace{1};
std::atomic<unsigned> causelessEvery{0};
std::atomic<unsigned> sleeps{0};

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

// POSIX reports misuse of a lock as an error, Windows not at all.
void insist(int error, const char* call) {
  if (error == 0) return;
  std::fprintf(stderr, "%s: %s\n", call, std::strerror(error));
  std::abort();
}

timespec inNanoseconds(int64_t nanoseconds) {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const int64_t sum = time.tv_nsec + nanoseconds;
  time.tv_sec += sum / kNanosecondsPerSecond;
  time.tv_nsec = sum % kNanosecondsPerSecond;
  return time;
}

}  // namespace

void setPace(double newPace) { pace = newPace; }
void wakeWithoutCause(unsigned every) { causelessEvery = every; }

}  // namespace standin

void AcquireSRWLockExclusive(SRWLOCK* lock) {
  standin::insist(pthread_mutex_lock(&lock->mutex), "AcquireSRWLockExclusive");
}

void ReleaseSRWLockExclusive(SRWLOCK* lock) {
  standin::insist(pthread_mutex_unlock(&lock->mutex), "ReleaseSRWLockExclusive");
}

BOOL SleepConditionVariableSRW(CONDITION_VARIABLE* condition, SRWLOCK* lock, DWORD milliseconds, ULONG flags) {
  constexpr double kNanosecondsPerMillisecond = 1e6;
  constexpr int64_t kSoon = 20'000;  // nanoseconds
  if (flags != 0) standin::violation("SleepConditionVariableSRW with flags: the lock is held exclusively");
  const unsigned every = standin::causelessEvery;
  const bool causeless = every != 0 && ++standin::sleeps % every == 0;
  const auto duration = static_cast<int64_t>(milliseconds * kNanosecondsPerMillisecond / standin::pace);
  const timespec end = standin::inNanoseconds(causeless ? kSoon : duration);
  const int error = pthread_cond_clockwait(&condition->condition, &lock->mutex, CLOCK_MONOTONIC, &end);
  if (error == 0 || causeless) return TRUE;
  if (error != ETIMEDOUT) standin::insist(error, "SleepConditionVariableSRW");
  standin::setLastError(ERROR_TIMEOUT);
  return FALSE;
}

void WakeConditionVariable(CONDITION_VARIABLE* condition) { pthread_cond_signal(&condition->condition); }

void WakeAllConditionVariable(CONDITION_VARIABLE* condition) { pthread_cond_broadcast(&condition->condition); }
