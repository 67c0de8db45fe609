#include "worker_pool.h"

namespace sspi {

namespace {

// How many calls may wait on the security authority at once, per environment. A call that hangs on a domain controller
// holds its thread for more than a minute; the rest must still get through.
constexpr DWORD kMaxThreads = 64;

VOID CALLBACK runTask(PTP_CALLBACK_INSTANCE instance, PVOID argument) {
  (void)instance;
  std::unique_ptr<Task> task(static_cast<Task*>(argument));
  Task& work = *task;
  work.run(std::move(task));
}

}  // namespace

WorkerPool::WorkerPool() : pool_(CreateThreadpool(nullptr)) {
  InitializeThreadpoolEnvironment(&environment_);
  if (!pool_) return;
  SetThreadpoolThreadMaximum(pool_.get(), kMaxThreads);
  SetThreadpoolCallbackPool(&environment_, pool_.get());
}

WorkerPool::~WorkerPool() { DestroyThreadpoolEnvironment(&environment_); }

std::unique_ptr<Task> WorkerPool::submit(std::unique_ptr<Task> task) noexcept {
  if (!pool_ || !TrySubmitThreadpoolCallback(runTask, task.get(), &environment_)) return task;
  (void)task.release();
  return nullptr;
}

}  // namespace sspi
