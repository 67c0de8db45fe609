#pragma once

#include <cstddef>

// The programs that link heap.cc get an operator new that runs out of memory on demand and an operator delete that
// looks at what is given back. The stand-in's own memory (standin::OwnMemory) takes no part.
namespace heap {

// Blocks under test that are allocated now.
size_t blocks();

// Once it begins, `left` allocations succeed and the next one fails, and so do all after it.
class Shortage {
 public:
  explicit Shortage(size_t left) noexcept;
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  // Whether an allocation failed.
  bool wasFelt() const noexcept;
};

// Counts the blocks given back with these bytes still inside.
class SecretWatch {
 public:
  SecretWatch(const void* secret, size_t size) noexcept;
  ~SecretWatch();
  SecretWatch(const SecretWatch&) = delete;
  SecretWatch& operator=(const SecretWatch&) = delete;

  size_t sightings() const noexcept;
};

// Memory that is about to be given back in another way than operator delete.
void inspect(const void* memory, size_t size) noexcept;

}  // namespace heap
