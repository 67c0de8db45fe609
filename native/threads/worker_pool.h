#pragma once

#include <memory>

#include "../sspi/platform.h"

namespace sspi {

// Work for one of the pool's threads. Its destructor may run on any thread.
class Task {
 public:
  Task() = default;
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // `self` owns this task; the task may hand it on (to the completion queue) or let it go.
  virtual void run(std::unique_ptr<Task> self) noexcept = 0;
};

// A private Windows thread pool: bounded, started on demand, and never libuv's.
class WorkerPool {
 public:
  WorkerPool();
  ~WorkerPool();  // does not wait: what runs goes on, and owns what it needs
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Gives the task back when Windows has no memory for it.
  [[nodiscard]] std::unique_ptr<Task> submit(std::unique_ptr<Task> task) noexcept;

 private:
  struct Close {
    void operator()(TP_POOL* pool) const noexcept { CloseThreadpool(pool); }
  };
  std::unique_ptr<TP_POOL, Close> pool_;
  TP_CALLBACK_ENVIRON environment_;
};

}  // namespace sspi
