#include "runtime.h"

#include <new>

namespace sspi {

namespace {

// One client and one server of our own still take turns; more run side by side.
constexpr size_t kHandshakesThatTakeTurns = 2;
// What else waits for the event loop waits no longer than this, and what the calls of one batch set going.
constexpr int64_t kLongestStayMicroseconds = 250;
constexpr size_t kBatch = 4;

class Release final : public Task {
 public:
  explicit Release(std::shared_ptr<void> last) noexcept : last_(std::move(last)) {}
  void run(std::unique_ptr<Task> self) noexcept override { self.reset(); }

 private:
  std::shared_ptr<void> last_;
};

// A job comes back from the pool as the task it went in as.
std::unique_ptr<Job> asJob(std::unique_ptr<Task> task) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast): only jobs reach this
  return std::unique_ptr<Job>(static_cast<Job*>(task.release()));
}

}  // namespace

void Job::run(std::unique_ptr<Task> self) noexcept {
  const std::shared_ptr<Runtime> runtime = runtime_;
  if (!runtime->closed()) call();
  runtime->finished(asJob(std::move(self)));
}

Runtime::Runtime(Napi::Env env) : env_(env) {
  const Napi::String name = Napi::String::New(env, "sspi");
  for (napi_threadsafe_function& wake : wakes_) {
    NAPI_THROW_IF_FAILED_VOID(
        env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, drain, &wake));
    // Only while a call is under way does the process have to stay for it.
    NAPI_THROW_IF_FAILED_VOID(env, napi_unref_threadsafe_function(env, wake));
  }
}

void Runtime::start(std::unique_ptr<Job> job) noexcept {
  if (job->owner() == nullptr) hold();
  ++pending_;
  if (pending_ > 1 || handshakes_ > kHandshakesThatTakeTurns || !briefWaits_.worthTrying()) {
    submit(std::move(job));
    return;
  }
  if (!staying_) attend(true);
  submit(std::move(job));
  briefWaits_.wait(anyFinished_);
  if (!staying_) attend(false);
  if (anyFinished_.load(std::memory_order_acquire)) settleFinished(env_);
}

void Runtime::hold() noexcept {
  if (holds_++ > 0) return;
  for (napi_threadsafe_function wake : wakes_) napi_ref_threadsafe_function(env_, wake);
}

void Runtime::letGo() noexcept {
  if (--holds_ > 0 || closed()) return;
  for (napi_threadsafe_function wake : wakes_) napi_unref_threadsafe_function(env_, wake);
}

void Runtime::submit(std::unique_ptr<Job> job) noexcept {
  std::unique_ptr<Task> refused = pool_.submit(std::move(job));
  if (refused) finished(asJob(std::move(refused)));
}

void Runtime::attend(bool attended) noexcept {
  const Lock lock(mutex_);
  attended_ = attended;
}

void Runtime::finished(std::unique_ptr<Job> job) noexcept {
  // `job` is a parameter, and so outlives the lock: after the end of the environment it is let go on whatever thread
  // this is, and frees handles. It holds nothing of JavaScript's.
  const Lock lock(mutex_);
  if (closed_) return;
  finished_.add(std::move(job));
  anyFinished_.store(true, std::memory_order_release);
  // One wake-up serves all that has gathered until the JavaScript thread looks.
  if (!attended_ && finished_.size() == 1) wakeUp();
}

bool Runtime::closed() noexcept {
  const Lock lock(mutex_);
  return closed_;
}

void Runtime::releaseOnPool(std::shared_ptr<void> last) noexcept {
  if (!last || closed()) return;
  std::unique_ptr<Task> release(new (std::nothrow) Release(std::move(last)));
  // Without memory or without a thread it is let go here and now.
  if (release) const std::unique_ptr<Task> refused = pool_.submit(std::move(release));
}

void Runtime::close() noexcept {
  TaskQueue<Job> dropped;
  const Lock lock(mutex_);
  closed_ = true;
  dropped.swap(finished_);
  for (napi_threadsafe_function wake : wakes_) napi_release_threadsafe_function(wake, napi_tsfn_abort);
}

void Runtime::drain(napi_env env, napi_value callback, void* context, void* data) noexcept {
  (void)callback;
  // Without an environment this is the last call of a function that is being torn down.
  if (env == nullptr) return;
  // Settling may start further calls, or end the environment: hold on to what is used here.
  const std::shared_ptr<Runtime> runtime = static_cast<Runtime*>(context)->weak_from_this().lock();
  const bool firstOfTurn = data == nullptr;
  if (firstOfTurn) {
    runtime->arrive();
  } else if (!runtime->anyFinished_.load(std::memory_order_acquire)) {
    runtime->briefWaits_.waitGivingWay(runtime->anyFinished_);
  }
  runtime->settleFinished(env);
  if (!runtime->stay()) runtime->leave();
}

void Runtime::arrive() noexcept {
  staying_ = true;
  arrived_ = microsecondsNow();
  attend(true);
  briefWaits_.eventLoopTurned();
}

// Has drain() called again in this turn of the event loop, behind what the settled calls set going in JavaScript: more
// is about to finish, and to be woken for it takes longer.
bool Runtime::stay() noexcept {
  if (pending_ == 0 || microsecondsNow() - arrived_ > kLongestStayMicroseconds) return false;
  if (!briefWaits_.worthTrying()) return false;
  const Lock lock(mutex_);
  return !closed_ && napi_call_threadsafe_function(wakes_.at(next_), this, napi_tsfn_nonblocking) == napi_ok;
}

void Runtime::leave() noexcept {
  staying_ = false;
  const Lock lock(mutex_);
  attended_ = false;
  next_ = 1 - next_;
  if (!closed_ && !finished_.empty()) wakeUp();
}

// Destructors of napi.h are not declared noexcept: NOLINTNEXTLINE(bugprone-exception-escape)
void Runtime::settleFinished(Napi::Env env) noexcept {
  const std::shared_ptr<Runtime> self = shared_from_this();
  TaskQueue<Job> finished;
  {
    const Lock lock(mutex_);
    while (!finished_.empty() && finished.size() < kBatch) finished.add(finished_.takeFirst());
    anyFinished_.store(!finished_.empty(), std::memory_order_release);
  }
  const size_t settled = finished.size();
  while (!finished.empty()) {
    const std::unique_ptr<Job> job = finished.takeFirst();
    try {
      const Napi::HandleScope scope(env);
      job->settle(env);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // Only a terminating environment refuses to settle a promise, and nobody is left to be told.
    }
    if (job->owner() == nullptr) {
      letGo();
    } else {
      job->owner()->jobSettled();
    }
  }
  pending_ -= settled;
}

}  // namespace sspi
