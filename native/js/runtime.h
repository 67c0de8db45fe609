#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "../sspi/live_counts.h"
#include "../threads/mutex.h"
#include "../threads/worker_pool.h"
#include "brief_waits.h"
#include "napi_setup.h"

namespace sspi {

class Runtime;

// Whoever lines up calls: told on the JavaScript thread when one is settled.
class JobOwner {
 public:
  virtual ~JobOwner() = default;
  virtual void jobSettled() noexcept = 0;
};

// One call on its way: run on a pool thread, then settled on the JavaScript thread.
class Job : public Task {
 public:
  explicit Job(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}

  void run(std::unique_ptr<Task> self) noexcept final;

  // The SSPI call, on a pool thread.
  virtual void call() noexcept = 0;
  // On the JavaScript thread, also when the call could not be made.
  virtual void settle(Napi::Env env) = 0;

  // Kept alive from now until the job is settled.
  void setOwner(std::shared_ptr<JobOwner> owner) noexcept { owner_ = std::move(owner); }
  JobOwner* owner() const noexcept { return owner_.get(); }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<JobOwner> owner_;
  Counted<Live::call> counted_;
};

// Threads and the way back from them, one for each environment (main thread, each worker). Shared by everything that is
// under way, so it outlives its environment for as long as a call still runs; after close() nothing of it touches
// JavaScript any more.
class Runtime : public std::enable_shared_from_this<Runtime> {
 public:
  explicit Runtime(Napi::Env env);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // JavaScript thread only. A job without an owner keeps the process alive until it is settled; for others that is the
  // owner's to decide. A job that is alone and comes back within microseconds, as most calls do, is settled before this
  // returns: waking the event loop would take longer.
  void start(std::unique_ptr<Job> job) noexcept;

  // JavaScript thread only. The process stays alive while anything holds it for its calls.
  void hold() noexcept;
  void letGo() noexcept;

  // Any thread.
  void finished(std::unique_ptr<Job> job) noexcept;
  bool closed() noexcept;

  // Any thread: lets `last` go on a pool thread, because freeing may be a call into the security authority; after
  // close(), at once.
  void releaseOnPool(std::shared_ptr<void> last) noexcept;

  // JavaScript thread: how many handshakes have had a leg and not their last. Where several are under way, calls serve
  // best by running side by side.
  void handshakeBegan() noexcept { ++handshakes_; }
  void handshakeEnded() noexcept { --handshakes_; }

  // JavaScript thread, when the environment ends.
  void close() noexcept;

 private:
  static void drain(napi_env env, napi_value callback, void* context, void* data) noexcept;
  void settleFinished(Napi::Env env) noexcept;
  void arrive() noexcept;
  bool stay() noexcept;
  void leave() noexcept;
  // Under mutex_.
  void wakeUp() noexcept { napi_call_threadsafe_function(wakes_.at(next_), nullptr, napi_tsfn_nonblocking); }
  void submit(std::unique_ptr<Job> job) noexcept;
  void attend(bool attended) noexcept;

  WorkerPool pool_;
  // Two, to take turns: what is called while its own drain() runs would be heard in the same turn of the event loop.
  std::array<napi_threadsafe_function, 2> wakes_{};
  napi_env env_;
  size_t pending_ = 0;  // JavaScript thread only
  size_t holds_ = 0;    // JavaScript thread only
  std::atomic<size_t> handshakes_{0};
  BriefWaits briefWaits_;  // JavaScript thread only
  bool staying_ = false;   // JavaScript thread only: drain() is called again in this turn of the event loop
  int64_t arrived_ = 0;    // JavaScript thread only: when the first drain() of this turn began

  std::atomic<bool> anyFinished_{false};
  Mutex mutex_;
  bool closed_ = false;      // under mutex_
  bool attended_ = false;    // under mutex_: the JavaScript thread is looking
  size_t next_ = 0;          // under mutex_: which of wakes_
  TaskQueue<Job> finished_;  // under mutex_
};

}  // namespace sspi
