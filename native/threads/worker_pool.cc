#include "worker_pool.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "brief_wait.h"
#include "mutex.h"

namespace sspi {

namespace {

// How many calls of one environment may wait on the security authority at once. A call that hangs on a domain
// controller holds its thread for more than a minute, and the others must still get through.
constexpr size_t kMaxThreads = 64;
// Work that has not moved for this long waits for something other than a processor.
constexpr DWORD kStandstillMilliseconds = 15;
constexpr DWORD kIdleMilliseconds = 10'000;
// A handshake brings its next call some microseconds after the last: one thread stays awake for that long.
constexpr int64_t kAwakeMicroseconds = 100;
// Ample for a security provider; 64 threads that wait should cost little.
constexpr SIZE_T kStackBytes = SIZE_T{512} * 1024;

size_t processors() noexcept {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwNumberOfProcessors;
}

}  // namespace

class WorkerPool::State : public std::enable_shared_from_this<WorkerPool::State> {
 public:
  State() noexcept : eagerThreads_(std::clamp<size_t>(processors(), 2, kMaxThreads)), sideBySide_(eagerThreads_) {}

  std::unique_ptr<Task> submit(std::unique_ptr<Task> task) noexcept {
    const Lock lock(mutex_);
    waiting_.add(std::move(task));
    hasWork_.store(true, std::memory_order_release);
    const size_t attended = someoneAwake_ ? 1 : 0;
    if (waiting_.size() <= attended) return nullptr;
    if (busy(lock) < sideBySide_) {
      addWorker(lock);
    } else {
      supervise(lock);
    }
    if (threads_ > 0) return nullptr;
    return takeFirst(lock);
  }

  void close() noexcept {
    const Lock lock(mutex_);
    closed_ = true;
    work_.wakeAll();
    standstill_.wakeAll();
  }

 private:
  // The thread's own hold on the state: it may outlive the pool.
  using Hold = std::shared_ptr<State>;

  template <void (State::*main)() noexcept>
  static DWORD WINAPI threadMain(void* hold) noexcept {
    const std::unique_ptr<Hold> held(static_cast<Hold*>(hold));
    ((**held).*main)();
    return 0;
  }

  template <void (State::*main)() noexcept>
  bool startThread() noexcept {
    std::unique_ptr<Hold> hold(new (std::nothrow) Hold(shared_from_this()));
    if (!hold) return false;
    HANDLE thread =
        CreateThread(nullptr, kStackBytes, threadMain<main>, hold.get(), STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    if (thread == nullptr) return false;
    CloseHandle(thread);
    // the thread owns it now: NOLINTNEXTLINE(bugprone-unused-return-value)
    (void)hold.release();
    return true;
  }

  size_t busy(const Lock& /*held*/) const noexcept { return threads_ - idle_ + woken_; }

  void addWorker(const Lock& /*held*/) noexcept {
    if (idle_ > woken_) {
      ++woken_;
      work_.wakeOne();
    } else if (threads_ < kMaxThreads && startThread<&State::work>()) {
      ++threads_;
    }
  }

  void work() noexcept {
    while (std::unique_ptr<Task> task = next()) {
      Task& current = *task;
      current.run(std::move(task));
    }
  }

  // The next task, or nothing when this thread is to end.
  std::unique_ptr<Task> next() noexcept {
    const bool awake = tryStayAwake();
    if (awake) waitBriefly(hasWork_, kAwakeMicroseconds);
    const Lock lock(mutex_);
    if (awake) someoneAwake_ = false;
    while (waiting_.empty() && !closed_) {
      ++idle_;
      // With a processor to spare, nothing hangs any more.
      if (busy(lock) < eagerThreads_) sideBySide_ = eagerThreads_;
      const bool called = work_.wait(lock, kIdleMilliseconds);
      --idle_;
      if (woken_ > 0) --woken_;
      if (!called && waiting_.empty()) break;
    }
    if (!waiting_.empty()) return takeFirst(lock);
    --threads_;
    return nullptr;
  }

  bool tryStayAwake() noexcept {
    const Lock lock(mutex_);
    if (someoneAwake_ || closed_ || !waiting_.empty()) return false;
    someoneAwake_ = true;
    return true;
  }

  std::unique_ptr<Task> takeFirst(const Lock& /*held*/) noexcept {
    std::unique_ptr<Task> task = waiting_.takeFirst();
    hasWork_.store(!waiting_.empty(), std::memory_order_release);
    ++taken_;
    return task;
  }

  void supervise(const Lock& /*held*/) noexcept {
    if (!supervised_) {
      supervised_ = startThread<&State::relieveStandstills>();
    } else if (std::exchange(supervisorAtRest_, false)) {
      standstill_.wakeOne();
    }
  }

  // The supervisor's thread: adds workers while work waits and none is taken.
  void relieveStandstills() noexcept {
    const Lock lock(mutex_);
    while (!closed_) {
      const uint64_t takenBefore = taken_;
      supervisorAtRest_ = waiting_.empty();
      const bool called = standstill_.wait(lock, supervisorAtRest_ ? kIdleMilliseconds : kStandstillMilliseconds);
      if (!called && supervisorAtRest_) break;
      if (called || waiting_.empty() || taken_ != takenBefore) continue;
      sideBySide_ = std::min(busy(lock) + waiting_.size(), kMaxThreads);
      for (size_t count = busy(lock); count < sideBySide_; ++count) addWorker(lock);
    }
    supervised_ = false;
    supervisorAtRest_ = false;
  }

  // How many calls run side by side where none hangs: more only take turns on the processors.
  const size_t eagerThreads_;
  std::atomic<bool> hasWork_{false};
  Mutex mutex_;
  Condition work_;
  Condition standstill_;
  // All below under mutex_.
  size_t sideBySide_;
  TaskQueue<Task> waiting_;
  size_t threads_ = 0;
  size_t idle_ = 0;
  size_t woken_ = 0;  // of the idle ones, those that are about to find out
  uint64_t taken_ = 0;
  bool someoneAwake_ = false;
  bool supervised_ = false;
  bool supervisorAtRest_ = false;
  bool closed_ = false;
};

WorkerPool::WorkerPool() : state_(std::make_shared<State>()) {}

WorkerPool::~WorkerPool() { state_->close(); }

std::unique_ptr<Task> WorkerPool::submit(std::unique_ptr<Task> task) noexcept {
  return state_->submit(std::move(task));
}

}  // namespace sspi
