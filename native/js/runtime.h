#pragma once

#include <memory>

#include "../threads/worker_pool.h"
#include "brief_wait.h"
#include "completion_queue.h"
#include "keep_alive.h"
#include "loop_waker.h"
#include "outstanding_calls.h"

namespace sspi {

// The threads, and the way back from them; one runtime for each environment (main thread, each worker).
//
// Lifetime and locking:
//
// 1. The environment, every box and every running job reference the runtime: it outlives its environment for as long
//    as a call still runs.
// 2. A job is owned by one place at a time: the line of its context, the pool, the pool thread that runs it, ended_,
//    settle(). It is settled once, on the JavaScript thread, or destroyed once, on whatever thread it is.
// 3. After close() nothing here touches JavaScript or Node-API. Jobs are no longer started; those that end are
//    destroyed.
// 4. mutex_ guards closed_, ended_, the line of releases and, in waker_, who attends. A function that needs it held
//    takes a `const Lock&`.
// 5. Under mutex_ no job runs, is settled or is destroyed, and no JavaScript runs. It is never held together with the
//    pool's own mutex.
// 6. Everything else belongs to the JavaScript thread, and needs no lock.
// 7. No job in ended_ is forgotten: while there is one, the JavaScript thread attends. Whoever adds one wakes that
//    thread unless it attends, and when it leaves it looks a last time, under the same lock.
class Runtime : public std::enable_shared_from_this<Runtime> {
 public:
  explicit Runtime(Napi::Env env);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // JavaScript thread. A job without an owner keeps the process alive until it is settled; for others the owner
  // decides. A job that is alone and ends within microseconds may be settled before this returns.
  void start(std::unique_ptr<Job> job) noexcept;

  // JavaScript thread. How long ago the oldest call that is not settled was started, in microseconds.
  std::optional<int64_t> oldestCall() const noexcept;

  // JavaScript thread. The process stays alive while anything references this for its calls.
  void ref() noexcept { keepAlive_.ref(); }
  void unref() noexcept { keepAlive_.unref(); }

  // Any thread.
  void ended(std::unique_ptr<Job> job) noexcept;
  bool closed() noexcept;
  WorkerPool::Load load() const noexcept { return pool_.load(); }

  // Any thread: releases `last` on a pool thread, because freeing may call the security authority; after close(), at
  // once.
  void releaseOnPool(std::shared_ptr<void> last) noexcept;

  // JavaScript thread, when the environment ends.
  void close() noexcept;

 private:
  void look(Napi::Env env, bool turned) noexcept;
  // Returns how many jobs were settled.
  size_t settle(Napi::Env env) noexcept;
  void submit(std::unique_ptr<Job> job) noexcept;
  void attend() noexcept;
  void leave() noexcept;
  class Release;
  void released() noexcept;
  void submitRelease(std::unique_ptr<Task> release) noexcept;

  WorkerPool pool_;
  napi_env env_;
  size_t outstanding_ = 0;  // jobs that were started and are not yet settled
  OutstandingCalls calls_;  // the same, but without those of the batch that is being settled
  BriefWait briefWait_;

  Mutex mutex_;
  bool closed_ = false;
  // At most one release is in the pool, so that a garbage collection that finds thousands of handles needs neither a
  // thread for each nor the threads of calls. The others wait in a queue; each one starts the next when it is done.
  bool releasing_ = false;
  TaskQueue<Task> releases_;
  CompletionQueue ended_;
  LoopWaker waker_;
  KeepAlive keepAlive_;
};

}  // namespace sspi
