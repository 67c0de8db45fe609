#include "promise_job.h"

#include <new>

#include "coded_error.h"

namespace sspi {

void PromiseJob::call() noexcept {
  try {
    work();
    worked_ = true;
  } catch (...) {  // NOLINT(bugprone-empty-catch)
    // Only running out of memory can throw here, because SSPI is C. settle() reports it.
  }
}

void PromiseJob::settle(Napi::Env env) {
  if (!worked_) {
    deferred_.Reject(outOfResources(env).Value());
    return;
  }
  try {
    deferred_.Resolve(convert(env));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (const std::bad_alloc&) {
    deferred_.Reject(outOfResources(env).Value());
  }
}

}  // namespace sspi
