#pragma once

#include <array>
#include <vector>

#include "../threads/mutex.h"
#include "platform.h"

namespace sspi {

using Bytes = std::vector<BYTE>;

// Memory for the tokens that one credential's contexts make. A package asks for far more room than most tokens need; to
// allocate it and fill it with zeros for each leg takes longer than the token does.
class TokenRooms {
 public:
  // All zeros.
  Bytes take(size_t size) {
    Bytes room = takeAny();
    room.resize(size);
    return room;
  }

  // What was written must have been wiped.
  void giveBack(Bytes room) noexcept {
    const Lock lock(mutex_);
    if (count_ < rooms_.size()) rooms_.at(count_++).swap(room);
  }

 private:
  Bytes takeAny() noexcept {
    const Lock lock(mutex_);
    return count_ == 0 ? Bytes() : std::move(rooms_.at(--count_));
  }

  Mutex mutex_;
  // More calls of one credential than this rarely run at the same moment.
  std::array<Bytes, 8> rooms_;
  size_t count_ = 0;  // of rooms_, those that are free
};

}  // namespace sspi
