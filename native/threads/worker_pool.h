#pragma once

#include <memory>

#include "task.h"

namespace sspi {

// Bounded threads of our own, never libuv's. As many as the machine has processors start at once where there is work;
// more only when the work stands still, because calls are waiting on the security authority. Idle ones end.
class WorkerPool {
 public:
  WorkerPool();
  ~WorkerPool();  // does not wait: calls under way go on, and own what they need
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Gives the task back when it can never be run: no thread could be started.
  [[nodiscard]] std::unique_ptr<Task> submit(std::unique_ptr<Task> task) noexcept;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace sspi
