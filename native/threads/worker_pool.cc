#include "worker_pool.h"

#include <atomic>
#include <new>

#include "clock.h"
#include "mutex.h"

namespace sspi {

namespace {

constexpr DWORD kIdleMilliseconds = 10'000;
// Longer than JavaScript needs between two legs, and short beside any call that waits.
constexpr int64_t kLingerMicroseconds = 50;
// Enough for a security provider; 64 waiting threads should cost little.
constexpr SIZE_T kStackBytes = SIZE_T{512} * 1024;

}  // namespace

class WorkerPool::State : public std::enable_shared_from_this<WorkerPool::State> {
 public:
  std::unique_ptr<Task> submit(std::unique_ptr<Task> task) noexcept {
    const Lock lock(mutex_);
    waiting_.add(std::move(task));
    anyWaiting_.store(true, std::memory_order_release);
    if (waiting_.size() > threads_ - atWork_ - atRest_) {
      if (lastToRest_ != nullptr) {
        callLastToRest(lock);
      } else if (threads_ < kMaxThreads && startThread()) {
        ++threads_;
      }
    }
    return threads_ > 0 ? nullptr : takeFirst(lock);
  }

  Load load() noexcept {
    const Lock lock(mutex_);
    return {atWork_, atRest_, waiting_.size()};
  }

  void close() noexcept {
    const Lock lock(mutex_);
    closed_ = true;
    while (lastToRest_ != nullptr) callLastToRest(lock);
  }

 private:
  // The thread's own reference to the state, because it may outlive the pool.
  using Hold = std::shared_ptr<State>;

  // An idle thread. It is on that thread's stack, and accessed only under mutex_.
  struct Rest {
    explicit Rest(Rest* others) noexcept : before(others) {}
    Condition over;
    bool called = false;
    Rest* before;  // the one that became idle before this one
  };

  static DWORD WINAPI threadMain(void* hold) noexcept {
    const std::unique_ptr<Hold> held(static_cast<Hold*>(hold));
    (**held).work();
    return 0;
  }

  bool startThread() noexcept {
    std::unique_ptr<Hold> hold(new (std::nothrow) Hold(shared_from_this()));
    if (!hold) return false;
    HANDLE thread =
        CreateThread(nullptr, kStackBytes, threadMain, hold.get(), STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    if (thread == nullptr) return false;
    CloseHandle(thread);
    // the thread owns it now: NOLINTNEXTLINE(bugprone-unused-return-value)
    (void)hold.release();
    return true;
  }

  void work() noexcept {
    while (std::unique_ptr<Task> task = next()) {
      Task& current = *task;
      current.run();
      const bool alone = becomeFree();
      current.handOn(std::move(task));
      if (alone) linger();
    }
  }

  // Returns whether no other thread has anything to do.
  bool becomeFree() noexcept {
    const Lock lock(mutex_);
    --atWork_;
    return atWork_ == 0 && threads_ - atRest_ == 1;
  }

  // The next task, or nothing if this thread should exit.
  std::unique_ptr<Task> next() noexcept {
    const Lock lock(mutex_);
    while (waiting_.empty() && !closed_ && rest(lock)) {
    }
    if (waiting_.empty()) {
      --threads_;
      return nullptr;
    }
    ++atWork_;
    return takeFirst(lock);
  }

  std::unique_ptr<Task> takeFirst(const Lock& /*held*/) noexcept {
    std::unique_ptr<Task> task = waiting_.takeFirst();
    anyWaiting_.store(!waiting_.empty(), std::memory_order_release);
    return task;
  }

  // Stays awake for a moment: waking a thread takes longer than what a caller does between two calls that compute.
  void linger() noexcept {
    const int64_t since = microsecondsNow();
    while (!anyWaiting_.load(std::memory_order_acquire) && microsecondsNow() - since < kLingerMicroseconds) {
      YieldProcessor();
    }
  }

  // True if it was called, false if the time is up.
  bool rest(const Lock& lock) noexcept {
    Rest self(lastToRest_);
    lastToRest_ = &self;
    ++atRest_;
    while (!self.called) {
      if (!self.over.wait(lock, kIdleMilliseconds) && !self.called) {
        endRest(lock, self);
        return false;
      }
    }
    return true;
  }

  // The thread that wakes finds the task, unless a busy one takes it first.
  void callLastToRest(const Lock& lock) noexcept {
    Rest& last = *lastToRest_;
    endRest(lock, last);
    last.called = true;
    last.over.wakeOne();
  }

  void endRest(const Lock& /*held*/, Rest& rest) noexcept {
    Rest** place = &lastToRest_;
    while (*place != &rest) place = &(*place)->before;
    *place = rest.before;
    --atRest_;
  }

  // Whether waiting_ has a task, for whoever does not hold the lock.
  std::atomic<bool> anyWaiting_{false};

  Mutex mutex_;
  // Everything below is protected by mutex_.
  TaskQueue<Task> waiting_;
  size_t threads_ = 0;
  // Included in threads_. Those that are neither busy nor idle are about to take a task.
  size_t atWork_ = 0;
  size_t atRest_ = 0;
  Rest* lastToRest_ = nullptr;
  bool closed_ = false;
};

WorkerPool::WorkerPool() : state_(std::make_shared<State>()) {}

WorkerPool::~WorkerPool() { state_->close(); }

std::unique_ptr<Task> WorkerPool::submit(std::unique_ptr<Task> task) noexcept {
  return state_->submit(std::move(task));
}

WorkerPool::Load WorkerPool::load() const noexcept { return state_->load(); }

}  // namespace sspi
