#pragma once

#include <memory>

#include "task.h"

namespace sspi {

// Our own threads, never libuv's. A new thread starts whenever work is waiting and no thread is free for it, up to
// kMaxThreads. Of the idle threads, the one that became idle last is used first, so that threads beyond those needed
// stay idle, and exit.
class WorkerPool {
 public:
  // How many calls of one environment may wait for the security authority at once. A call that hangs at a domain
  // controller occupies its thread for more than a minute, and the others must still be served.
  static constexpr size_t kMaxThreads = 64;

  WorkerPool();
  ~WorkerPool();  // does not wait: running calls continue, and own what they need
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Returns the task if it can never run because no thread could be started.
  [[nodiscard]] std::unique_ptr<Task> submit(std::unique_ptr<Task> task) noexcept;

  struct Load {
    size_t atWork;   // threads that run a task
    size_t atRest;   // threads that wait for one
    size_t waiting;  // tasks that no thread has taken yet
  };
  Load load() const noexcept;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace sspi
