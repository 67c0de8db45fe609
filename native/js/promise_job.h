#pragma once

#include <optional>
#include <utility>

#include "runtime.h"

namespace sspi {

// A job whose result a promise delivers.
class PromiseJob : public Job {
 public:
  PromiseJob(Napi::Env env, std::shared_ptr<Runtime> runtime) : Job(std::move(runtime)), deferred_(env) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void call() noexcept final;
  void settle(Napi::Env env) final;

 private:
  // Off the JavaScript thread.
  virtual void work() = 0;
  // Back on it, if `work` has not thrown.
  virtual Napi::Value convert(Napi::Env env) = 0;

  Napi::Promise::Deferred deferred_;
  bool worked_ = false;
};

// `Work` returns a native result; `Convert` turns it into a JavaScript value.
template <class Work, class Convert>
class PromiseOf final : public PromiseJob {
 public:
  PromiseOf(Napi::Env env, std::shared_ptr<Runtime> runtime, Work work, Convert convert)
      : PromiseJob(env, std::move(runtime)), work_(std::move(work)), convert_(std::move(convert)) {}

 private:
  void work() override {
    // What it holds is freed together with it, and not on the JavaScript thread, because freeing may call the security
    // authority.
    Work work = std::move(work_);
    result_.emplace(work());
  }
  // Called after work() only: NOLINTNEXTLINE(bugprone-unchecked-optional-access)
  Napi::Value convert(Napi::Env env) override { return convert_(env, *result_); }

  Work work_;
  Convert convert_;
  std::optional<std::invoke_result_t<Work&>> result_;
};

template <class Work, class Convert>
Napi::Promise runOffThread(Napi::Env env, const std::shared_ptr<Runtime>& runtime, Work work, Convert convert) {
  auto job = std::make_unique<PromiseOf<Work, Convert>>(env, runtime, std::move(work), std::move(convert));
  const Napi::Promise promise = job->promise();
  runtime->start(std::move(job));
  return promise;
}

}  // namespace sspi
