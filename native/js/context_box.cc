#include "context_box.h"

namespace sspi {

ContextBox::~ContextBox() {
  setUnderWay(false);
  runtime_->releaseOnPool(std::move(context_));
}

void ContextBox::setUnderWay(bool underWay) noexcept {
  if (underWay == underWay_) return;
  underWay_ = underWay;
  if (underWay) {
    runtime_->handshakeBegan();
  } else {
    runtime_->handshakeEnded();
  }
}

Context& ContextBox::useNow(Napi::Env env) {
  if (running_) throw codedError(env, "ERR_SSPI_BUSY", "another call is running on this security context");
  return *context_;
}

void ContextBox::jobSettled() noexcept {
  running_ = false;
  if (waiting_.empty()) return;
  std::unique_ptr<Job> next = std::move(waiting_.front());
  waiting_.pop_front();
  start(std::move(next));
}

void ContextBox::start(std::unique_ptr<Job> job) noexcept {
  running_ = true;
  job->setOwner(shared_from_this());
  runtime_->start(std::move(job));
}

}  // namespace sspi
