#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform.h"

namespace sspi {

// Zeroes memory that somebody else allocated when the scope is left in any way.
class Wipe {
 public:
  Wipe(void* memory, size_t size) noexcept : memory_(memory), size_(size) {}
  ~Wipe() { SecureZeroMemory(memory_, size_); }
  Wipe(const Wipe&) = delete;
  Wipe& operator=(const Wipe&) = delete;

 private:
  void* memory_;
  size_t size_;
};

// Bytes and characters that must not outlive their use in readable form: zeroed before the memory is freed. Sized once,
// never grown: growing would leave a copy behind.
template <class T>
class SecureArray {
 public:
  SecureArray() = default;
  explicit SecureArray(size_t size) : items_(size) {}
  SecureArray(SecureArray&& other) noexcept : items_(std::move(other.items_)) {}
  SecureArray& operator=(SecureArray&& other) noexcept {
    wipe();
    items_ = std::move(other.items_);
    return *this;
  }
  SecureArray(const SecureArray&) = delete;
  SecureArray& operator=(const SecureArray&) = delete;
  ~SecureArray() { wipe(); }

  T* data() noexcept { return items_.data(); }
  const T* data() const noexcept { return items_.data(); }
  size_t size() const noexcept { return items_.size(); }

 private:
  void wipe() noexcept {
    if (!items_.empty()) SecureZeroMemory(items_.data(), items_.size() * sizeof(T));
  }

  std::vector<T> items_;
};

}  // namespace sspi
