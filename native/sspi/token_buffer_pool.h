#pragma once

#include <array>
#include <vector>

#include "../threads/mutex.h"
#include "platform.h"

namespace sspi {

using Bytes = std::vector<BYTE>;

// Memory for the tokens that the contexts of one credential make. A package needs a far larger buffer than most tokens;
// allocating it and filling it with zeros for each leg takes longer than making the token.
class TokenBufferPool {
 public:
  // All zeros.
  Bytes take(size_t size) {
    Bytes buffer = takeAny();
    buffer.resize(size);
    return buffer;
  }

  // What was written must have been wiped.
  void giveBack(Bytes buffer) noexcept {
    const Lock lock(mutex_);
    if (count_ < free_.size()) free_.at(count_++).swap(buffer);
  }

 private:
  Bytes takeAny() noexcept {
    const Lock lock(mutex_);
    return count_ == 0 ? Bytes() : std::move(free_.at(--count_));
  }

  Mutex mutex_;
  // More calls of one credential than this rarely run at the same time.
  std::array<Bytes, 8> free_;
  size_t count_ = 0;  // how many of free_ hold a buffer
};

}  // namespace sspi
