#include "context_box.h"

#include "coded_error.h"

namespace sspi {

namespace {

class Retirement final : public Job {
 public:
  Retirement(std::shared_ptr<Runtime> runtime, std::shared_ptr<Context> context) noexcept
      : Job(std::move(runtime)), context_(std::move(context)) {}
  void call() noexcept override { context_->retire(); }
  void settle(Napi::Env /*env*/) override {}

 private:
  std::shared_ptr<Context> context_;
};

}  // namespace

// No call is running any more, because each would reference this box.
ContextBox::~ContextBox() {
  if (!context_->retired()) runtime_->releaseOnPool(std::move(context_));
}

Context& ContextBox::useNow(Napi::Env env) {
  if (running_) throw codedError(env, "ERR_SSPI_BUSY", "another call is running on this security context");
  return *context_;
}

void ContextBox::jobSettled() noexcept {
  running_ = false;
  if (waiting_.empty()) {
    unref();
    return;
  }
  start(waiting_.takeFirst());
}

Napi::Promise ContextBox::retire(Napi::Env env) {
  return run(
      env,
      [](Context& context) {
        context.retire();
        return true;
      },
      [](Napi::Env resultEnv, bool) { return resultEnv.Undefined(); });
}

void ContextBox::drop() {
  enqueue(std::make_unique<Retirement>(runtime_, context_));
  unref();
}

void ContextBox::ref() noexcept {
  if (!held_) runtime_->ref();
  held_ = true;
}

void ContextBox::unref() noexcept {
  if (held_) runtime_->unref();
  held_ = false;
}

Napi::Promise ContextBox::enqueuePromise(std::unique_ptr<PromiseJob> job) {
  const Napi::Promise promise = job->promise();
  ref();
  enqueue(std::move(job));
  return promise;
}

void ContextBox::enqueue(std::unique_ptr<Job> job) noexcept {
  if (running_) {
    waiting_.add(std::move(job));
  } else {
    start(std::move(job));
  }
}

void ContextBox::start(std::unique_ptr<Job> job) noexcept {
  running_ = true;
  job->setOwner(shared_from_this());
  runtime_->start(std::move(job));
}

}  // namespace sspi
