#pragma once

#include <memory>

#include "../sspi/context.h"
#include "promise_job.h"

namespace sspi {

// The native object of a ContextHandle in JavaScript. It queues the calls on one context, because a security context
// must not be used by two threads at once. All calls start on the JavaScript thread, so a flag is sufficient as a lock.
class ContextBox final : public JobOwner, public std::enable_shared_from_this<ContextBox> {
 public:
  // random, as napi_type_tag_object requires
  static constexpr napi_type_tag kTypeTag{0xe2c94b7715d84f03, 0xb60e5a18d97c4321};

  ContextBox(std::shared_ptr<Runtime> runtime, std::shared_ptr<Credential> credential)
      : runtime_(std::move(runtime)), context_(std::make_shared<Context>(std::move(credential))) {}
  ~ContextBox() override;
  ContextBox(const ContextBox&) = delete;
  ContextBox& operator=(const ContextBox&) = delete;

  // Runs `work(Context&)` off the JavaScript thread when all earlier calls are settled.
  template <class Work, class Convert>
  Napi::Promise run(Napi::Env env, Work work, Convert convert);

  // Deletes the context when all earlier calls are settled.
  Napi::Promise retire(Napi::Env env);

  // The same, but nobody waits: neither this nor the earlier calls keep the process alive, until further calls are
  // made.
  void drop();

  // For calls that stay on the JavaScript thread. Throws ERR_SSPI_BUSY while another thread uses the context.
  Context& useNow(Napi::Env env);

  // Delays further calls while the JavaScript thread itself uses the context and runs other code.
  class Use {
   public:
    explicit Use(ContextBox& box) noexcept : box_(box) { box_.running_ = true; }
    ~Use() { box_.jobSettled(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    ContextBox& box_;
  };

  void jobSettled() noexcept override;

 private:
  Napi::Promise enqueuePromise(std::unique_ptr<PromiseJob> job);
  void enqueue(std::unique_ptr<Job> job) noexcept;
  void start(std::unique_ptr<Job> job) noexcept;
  void ref() noexcept;
  void unref() noexcept;

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Context> context_;
  bool running_ = false;
  // Whether the calls on this context keep the process alive.
  bool held_ = false;
  // Waiting jobs have no owner yet, because they would keep this box alive from inside.
  TaskQueue<Job> waiting_;
};

template <class Work, class Convert>
Napi::Promise ContextBox::run(Napi::Env env, Work work, Convert convert) {
  auto onContext = [context = context_, call = std::move(work)]() mutable { return call(*context); };
  return enqueuePromise(std::make_unique<PromiseOf<decltype(onContext), Convert>>(env, runtime_, std::move(onContext),
                                                                                  std::move(convert)));
}

}  // namespace sspi
