#pragma once

#include <map>
#include <mutex>
#include <set>

#include "../stand-in/controls.h"
#include "secur32.h"

namespace secur32 {

struct Context {
  ULONG_PTR generation = 1;
  std::set<ULONG_PTR> credentials;  // all it was ever made with
  bool inUse = false;
};

struct World {
  Script script;
  std::vector<std::string> calls;
  std::vector<SeenLeg> legs;
  std::string acquiredAs;
  std::set<ULONG_PTR> credentials;
  std::map<ULONG_PTR, Context> contexts;
  std::map<void*, size_t> buffers;
  ULONG_PTR lastNumber = 0;
  bool lastQopWasNull = false;
};

// A call into secur32: one at a time looks at the world, and its memory is not the caller's.
class Entry {
 public:
  Entry() = default;
  World* operator->() const noexcept { return &world(); }
  World& operator*() const noexcept { return world(); }

  // Lets other calls in while `work` runs, as a call does that waits for a domain controller.
  template <class Work>
  void leaveFor(Work work) {
    lock_.unlock();
    work();
    lock_.lock();
  }

 private:
  static World& world() noexcept;
  static std::recursive_mutex& mutex() noexcept;

  standin::OwnMemory own_;
  std::unique_lock<std::recursive_mutex> lock_{mutex()};
};

// Values of handles: dwLower is the number, dwUpper the generation.
constexpr ULONG_PTR kContextMark = 0xC0000;
constexpr ULONG_PTR kCredentialMark = 0xA0000;

// nullptr, and a violation, for a handle that is no context.
Context* findContext(World& world, const CtxtHandle* handle, const char* call);
bool isCredential(const World& world, const CredHandle* handle, const char* call);

}  // namespace secur32
