#include "runtime.h"

#include <cstdint>
#include <new>

namespace sspi {

namespace {

// At most this many are settled in a turn, so that other work of the event loop is not delayed for long.
constexpr size_t kBatch = 16;

// The pool returns a job as the task that was submitted.
std::unique_ptr<Job> asJob(std::unique_ptr<Task> task) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast): only jobs reach this
  return std::unique_ptr<Job>(static_cast<Job*>(task.release()));
}

}  // namespace

// Releases one object, then starts the release of the next one.
class Runtime::Release final : public Task {
 public:
  Release(std::shared_ptr<Runtime> runtime, std::shared_ptr<void> last) noexcept
      : runtime_(std::move(runtime)), last_(std::move(last)) {}
  void run() noexcept override { last_.reset(); }
  void handOn(std::unique_ptr<Task> self) noexcept override {
    const std::shared_ptr<Runtime> runtime = std::move(runtime_);
    self.reset();
    runtime->released();
  }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<void> last_;
};

void Job::run() noexcept {
  if (!runtime_->closed()) call();
  ended_ = microsecondsNow();
}

void Job::handOn(std::unique_ptr<Task> self) noexcept {
  const std::shared_ptr<Runtime> runtime = runtime_;
  runtime->ended(asJob(std::move(self)));
}

Runtime::Runtime(Napi::Env env)
    : env_(env),
      waker_(env, [this](Napi::Env loop, bool turned) { look(loop, turned); }),
      keepAlive_(env, waker_.function()) {}

// Destructors of napi.h are not declared noexcept: NOLINTNEXTLINE(bugprone-exception-escape)
void Runtime::start(std::unique_ptr<Job> job) noexcept {
  if (job->owner() == nullptr) ref();
  const int64_t now = microsecondsNow();
  job->begins(now);
  calls_.add(*job);
  const bool watched = ++outstanding_ == 1 && briefWait_.isAffordable();
  if (watched) attend();
  submit(std::move(job));
  if (!watched) return;
  const std::shared_ptr<Runtime> self = shared_from_this();
  briefWait_.watch(ended_.any(), now);
  if (ended_.any()) settle(env_);
  leave();
}

std::optional<int64_t> Runtime::oldestCall() const noexcept {
  const std::optional<int64_t> started = calls_.oldest();
  if (!started) return std::nullopt;
  return microsecondsNow() - *started;
}

void Runtime::submit(std::unique_ptr<Job> job) noexcept {
  std::unique_ptr<Task> refused = pool_.submit(std::move(job));
  if (refused) ended(asJob(std::move(refused)));
}

void Runtime::ended(std::unique_ptr<Job> job) noexcept {
  // `job` is a parameter, and so outlives the lock: after the end of the environment it is destroyed on whatever thread
  // this is, and frees handles. It holds no JavaScript values.
  const Lock lock(mutex_);
  if (closed_) return;
  ended_.add(lock, std::move(job));
  waker_.wake(lock);
}

bool Runtime::closed() noexcept {
  const Lock lock(mutex_);
  return closed_;
}

void Runtime::releaseOnPool(std::shared_ptr<void> last) noexcept {
  if (!last || closed()) return;
  // Without memory it is released here and now.
  std::unique_ptr<Task> release(new (std::nothrow) Release(shared_from_this(), std::move(last)));
  if (!release) return;
  {
    const Lock lock(mutex_);
    if (releasing_) {
      releases_.add(std::move(release));
      return;
    }
    releasing_ = true;
  }
  submitRelease(std::move(release));
}

void Runtime::released() noexcept {
  std::unique_ptr<Task> next;
  {
    const Lock lock(mutex_);
    if (releases_.empty()) {
      releasing_ = false;
      return;
    }
    next = releases_.takeFirst();
  }
  submitRelease(std::move(next));
}

void Runtime::submitRelease(std::unique_ptr<Task> release) noexcept {
  std::unique_ptr<Task> refused = pool_.submit(std::move(release));
  if (!refused) return;
  Task& here = *refused;
  here.run();
  here.handOn(std::move(refused));
}

void Runtime::close() noexcept {
  TaskQueue<Job> dropped;
  keepAlive_.close();
  calls_.end();
  const Lock lock(mutex_);
  closed_ = true;
  ended_.take(lock, dropped, SIZE_MAX);
  waker_.close(lock);
}

// Destructors of napi.h are not declared noexcept: NOLINTNEXTLINE(bugprone-exception-escape)
void Runtime::look(Napi::Env env, bool turned) noexcept {
  // Keeps what is used here until the end.
  const std::shared_ptr<Runtime> self = shared_from_this();
  if (turned) briefWait_.eventLoopTurned();
  if (outstanding_ == 1 && briefWait_.isAffordable()) {
    if (const std::optional<int64_t> began = calls_.oldest()) briefWait_.watch(ended_.any(), *began);
  }
  // Settling starts further calls, or ends the environment. If it found nothing, whatever ends next wakes the loop.
  if (settle(env) > 0 && !closed() && waker_.lookAgain(env)) return;
  leave();
}

void Runtime::attend() noexcept {
  const Lock lock(mutex_);
  waker_.attend(lock);
}

void Runtime::leave() noexcept {
  const Lock lock(mutex_);
  if (closed_) return;
  waker_.leave(lock);
  if (ended_.any()) waker_.wake(lock);
}

// Destructors of napi.h are not declared noexcept: NOLINTNEXTLINE(bugprone-exception-escape)
size_t Runtime::settle(Napi::Env env) noexcept {
  TaskQueue<Job> batch;
  {
    const Lock lock(mutex_);
    ended_.take(lock, batch, kBatch);
  }
  const size_t settled = batch.size();
  while (!batch.empty()) {
    const std::unique_ptr<Job> job = batch.takeFirst();
    briefWait_.callTook(job->microseconds());
    calls_.remove(*job);
    try {
      const Napi::HandleScope scope(env);
      job->settle(env);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // Only a terminating environment refuses to settle a promise, and there is nobody left to notify.
    }
    if (job->owner() == nullptr) {
      unref();
    } else {
      job->owner()->jobSettled();
    }
  }
  outstanding_ -= settled;
  return settled;
}

}  // namespace sspi
