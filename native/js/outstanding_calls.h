#pragma once

#include <optional>

#include "job.h"

namespace sspi {

// The calls that were started and are not settled, in the order in which they were started. The list is intrusive, so
// that adding a job needs no memory. JavaScript thread only.
class OutstandingCalls {
 public:
  void add(Job& job) noexcept {
    if (ended_) return;
    job.before_ = last_;
    (last_ == nullptr ? first_ : last_->after_) = &job;
    last_ = &job;
  }

  void remove(Job& job) noexcept {
    if (ended_) return;
    (job.before_ == nullptr ? first_ : job.before_->after_) = job.after_;
    (job.after_ == nullptr ? last_ : job.after_->before_) = job.before_;
    job.before_ = job.after_ = nullptr;
  }

  // The environment ends: from now on other threads may destroy the jobs.
  void end() noexcept {
    ended_ = true;
    first_ = last_ = nullptr;
  }

  // When the oldest call was started, of microsecondsNow().
  std::optional<int64_t> oldest() const noexcept {
    if (first_ == nullptr) return std::nullopt;
    return first_->began();
  }

 private:
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  bool ended_ = false;
};

}  // namespace sspi
