#include "heap.h"

#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_set>

#include "../stand-in/controls.h"

namespace heap {

namespace {

template <class T>
struct Malloc {
  using value_type = T;
  Malloc() = default;
  template <class U>
  explicit Malloc(const Malloc<U>&) {}
  T* allocate(size_t count) { return static_cast<T*>(std::malloc(count * sizeof(T))); }
  void deallocate(T* memory, size_t) { std::free(memory); }
  friend bool operator==(const Malloc&, const Malloc&) { return true; }
  friend bool operator!=(const Malloc&, const Malloc&) { return false; }
};

using Blocks = std::unordered_set<void*, std::hash<void*>, std::equal_to<>, Malloc<void*>>;

// Never destroyed: static objects free memory until the very end.
Blocks& underTest() {
  static Blocks* const set = new (std::malloc(sizeof(Blocks))) Blocks;
  return *set;
}

std::mutex mutex;
thread_local bool inShortage = false;
thread_local size_t allocationsLeft = 0;
thread_local bool shortageFelt = false;
const void* secret = nullptr;
size_t secretSize = 0;
size_t secretSightings = 0;

void* allocate(size_t size, bool mayFail) {
  const bool counts = !standin::OwnMemory::inUse();
  if (counts && inShortage) {
    if (allocationsLeft == 0) {
      shortageFelt = true;
      if (mayFail) return nullptr;
      throw std::bad_alloc();
    }
    --allocationsLeft;
  }
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  if (counts) {
    const std::lock_guard<std::mutex> lock(mutex);
    underTest().insert(memory);
  }
  return memory;
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  bool counted = false;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    counted = underTest().erase(memory) > 0;
  }
  if (counted) inspect(memory, malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

size_t blocks() {
  const std::lock_guard<std::mutex> lock(mutex);
  return underTest().size();
}

Shortage::Shortage(size_t left) noexcept {
  allocationsLeft = left;
  shortageFelt = false;
  inShortage = true;
}

Shortage::~Shortage() { inShortage = false; }

bool Shortage::wasFelt() const noexcept { return shortageFelt; }

SecretWatch::SecretWatch(const void* newSecret, size_t size) noexcept {
  const std::lock_guard<std::mutex> lock(mutex);
  secret = newSecret;
  secretSize = size;
  secretSightings = 0;
}

SecretWatch::~SecretWatch() {
  const std::lock_guard<std::mutex> lock(mutex);
  secret = nullptr;
}

size_t SecretWatch::sightings() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex);
  return secretSightings;
}

// Uninitialised bytes of a block are read here, which is what an attacker would do.
void inspect(const void* memory, size_t size) noexcept {
  const std::lock_guard<std::mutex> lock(mutex);
  if (secret != nullptr && memmem(memory, size, secret, secretSize) != nullptr) ++secretSightings;
}

}  // namespace heap

void* operator new(size_t size) { return heap::allocate(size, false); }
void* operator new[](size_t size) { return heap::allocate(size, false); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return heap::allocate(size, true); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return heap::allocate(size, true); }
void operator delete(void* memory) noexcept { heap::release(memory); }
void operator delete[](void* memory) noexcept { heap::release(memory); }
void operator delete(void* memory, size_t) noexcept { heap::release(memory); }
void operator delete[](void* memory, size_t) noexcept { heap::release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { heap::release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { heap::release(memory); }
