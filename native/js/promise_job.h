#pragma once

#include <new>
#include <optional>
#include <utility>

#include "coded_error.h"
#include "runtime.h"

namespace sspi {

// A job whose result a promise delivers. `Work` runs off the JavaScript thread and returns a native result; `Convert`
// turns it into a JavaScript value, back on the JavaScript thread; `Done` runs last of all.
template <class Work, class Convert>
class PromiseJob : public Job {
 public:
  using Result = std::invoke_result_t<Work&>;

  PromiseJob(Napi::Env env, std::shared_ptr<Runtime> runtime, Work work, Convert convert)
      : Job(std::move(runtime)), deferred_(env), work_(std::move(work)), convert_(std::move(convert)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void call() noexcept override {
    try {
      // What it holds goes with it, and not on the JavaScript thread: freeing may be a call into the security
      // authority.
      Work work = std::move(work_);
      result_.emplace(work());
    } catch (...) {
      // Only memory can run out in `work_`, for SSPI is C. settle() tells of it.
      result_.reset();
    }
  }

  void settle(Napi::Env env) override {
    if (!result_) {
      deferred_.Reject(outOfResources(env).Value());
      return;
    }
    try {
      deferred_.Resolve(convert_(env, *result_));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (const std::bad_alloc&) {
      deferred_.Reject(outOfResources(env).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::optional<Result> result_;
};

template <class Work, class Convert>
Napi::Promise runOffThread(Napi::Env env, const std::shared_ptr<Runtime>& runtime, Work work, Convert convert) {
  auto job = std::make_unique<PromiseJob<Work, Convert>>(env, runtime, std::move(work), std::move(convert));
  const Napi::Promise promise = job->promise();
  runtime->start(std::move(job));
  return promise;
}

}  // namespace sspi
