#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "../threads/mutex.h"
#include "job.h"

namespace sspi {

// Keeps finished jobs until the JavaScript thread settles them. It uses the runtime's lock.
class CompletionQueue {
 public:
  void add(const Lock& /*held*/, std::unique_ptr<Job> job) noexcept {
    jobs_.add(std::move(job));
    any_.store(true, std::memory_order_release);
  }

  // Moves at most `most` jobs to an empty queue.
  void take(const Lock& /*held*/, TaskQueue<Job>& taken, size_t most) noexcept {
    while (!jobs_.empty() && taken.size() < most) taken.add(jobs_.takeFirst());
    any_.store(!jobs_.empty(), std::memory_order_release);
  }

  // May be called without the lock.
  const std::atomic<bool>& any() const noexcept { return any_; }

 private:
  TaskQueue<Job> jobs_;
  std::atomic<bool> any_{false};
};

}  // namespace sspi
