#pragma once

#include <memory>
#include <utility>

#include "../sspi/live_counts.h"
#include "../threads/task.h"
#include "napi_setup.h"

namespace sspi {

class OutstandingCalls;
class Runtime;

// An owner that queues calls; it is notified on the JavaScript thread when one is settled.
class JobOwner {
 public:
  virtual ~JobOwner() = default;
  virtual void jobSettled() noexcept = 0;
};

// One call: it runs on a pool thread, and is then settled on the JavaScript thread.
class Job : public Task {
 public:
  explicit Job(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}

  void run() noexcept final;
  void handOn(std::unique_ptr<Task> self) noexcept final;

  // The SSPI call, on a pool thread.
  virtual void call() noexcept = 0;
  // On the JavaScript thread, also when the call could not be made.
  virtual void settle(Napi::Env env) = 0;

  // Kept alive from now until the job is settled.
  void setOwner(std::shared_ptr<JobOwner> owner) noexcept { owner_ = std::move(owner); }
  JobOwner* owner() const noexcept { return owner_.get(); }

  // Of microsecondsNow().
  void begins(int64_t when) noexcept { began_ = ended_ = when; }
  int64_t began() const noexcept { return began_; }
  int64_t microseconds() const noexcept { return ended_ - began_; }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<JobOwner> owner_;
  friend class OutstandingCalls;
  Job* before_ = nullptr;
  Job* after_ = nullptr;
  int64_t began_ = 0;
  int64_t ended_ = 0;
  Counted<Live::call> counted_;
};

}  // namespace sspi
