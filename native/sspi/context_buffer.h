#pragma once

#include "live_counts.h"
#include "platform.h"

namespace sspi {

// Memory that SSPI allocated, to be freed with FreeContextBuffer.
template <class T>
class ContextBuffer {
 public:
  explicit ContextBuffer(T* memory) noexcept : memory_(memory) {}
  ~ContextBuffer() {
    if (memory_ != nullptr) FreeContextBuffer(memory_);
  }
  ContextBuffer(const ContextBuffer&) = delete;
  ContextBuffer& operator=(const ContextBuffer&) = delete;

  T* get() const noexcept { return memory_; }
  explicit operator bool() const noexcept { return memory_ != nullptr; }

 private:
  T* memory_;
  Counted<Live::buffer> counted_;
};

}  // namespace sspi
