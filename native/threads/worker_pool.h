#pragma once

#include <memory>

#include "task.h"

namespace sspi {

// Threads of our own, never libuv's. One rule: a thread starts whenever work waits and none is free for it, up to
// kMaxThreads. Of the threads at rest, the one that came to rest last is called first, so that those beyond what is
// needed stay at rest, and end.
class WorkerPool {
 public:
  // How many calls of one environment may wait on the security authority at once. A call that hangs on a domain
  // controller holds its thread for more than a minute, and the others must still get through.
  static constexpr size_t kMaxThreads = 64;

  WorkerPool();
  ~WorkerPool();  // does not wait: calls under way go on, and own what they need
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Gives the task back when it can never be run: no thread could be started.
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
