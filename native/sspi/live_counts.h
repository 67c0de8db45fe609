#pragma once

#include <atomic>
#include <cstdint>

namespace sspi {

// What is alive in this process, in all environments that share this copy of the library. With these counts every test
// suite can show that it freed everything.
enum class Live { credential, context, buffer, call };

template <Live kind>
class Counted {
 public:
  Counted() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  ~Counted() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  static int32_t alive() noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  static inline std::atomic<int32_t> count_{0};
};

}  // namespace sspi
