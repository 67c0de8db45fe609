#include "world.h"

#include <cstdlib>
#include <utility>

namespace secur32 {

// Never destroyed: static objects of tests may hold credentials until the very end.
World& Entry::world() noexcept {
  static World* const only = new World;
  return *only;
}

std::recursive_mutex& Entry::mutex() noexcept {
  static std::recursive_mutex* const only = [] {
    const standin::OwnMemory own;
    return new std::recursive_mutex;
  }();
  return *only;
}

Context* findContext(World& world, const CtxtHandle* handle, const char* call) {
  if (handle == nullptr) {
    standin::violation(std::string(call) + " without a context");
    return nullptr;
  }
  const auto found = world.contexts.find(handle->dwLower);
  if (found == world.contexts.end()) {
    standin::violation(std::string(call) + " of what is no context, or no longer one");
    return nullptr;
  }
  if (found->second.generation != handle->dwUpper) {
    standin::violation(std::string(call) + " with a handle from before SSPI changed it");
    return nullptr;
  }
  if (found->second.inUse) standin::violation(std::string(call) + " while another call uses the context");
  return &found->second;
}

bool isCredential(const World& world, const CredHandle* handle, const char* call) {
  if (handle != nullptr && world.credentials.count(handle->dwLower) > 0) return true;
  standin::violation(std::string(call) + " of what is no credential, or no longer one");
  return false;
}

Script& script() { return Entry()->script; }
const std::vector<std::string>& calls() { return Entry()->calls; }
const std::vector<SeenLeg>& seenLegs() { return Entry()->legs; }
const std::string& acquiredAs() { return Entry()->acquiredAs; }
bool lastQopWasNull() { return Entry()->lastQopWasNull; }
size_t contextsAlive() { return Entry()->contexts.size(); }
size_t credentialsAlive() { return Entry()->credentials.size(); }
size_t buffersAlive() { return Entry()->buffers.size(); }

bool isContext(const CtxtHandle& handle) {
  const Entry world;
  const auto found = world->contexts.find(handle.dwLower);
  return found != world->contexts.end() && found->second.generation == handle.dwUpper;
}

void addLeg(Leg leg) {
  const Entry world;
  world->script.legs.push_back(std::move(leg));
}

size_t legsLeft() { return Entry()->script.legs.size(); }

void forgetCalls() {
  const Entry world;
  world->calls.clear();
  world->legs.clear();
}

void reset() {
  const Entry world;
  for (const auto& [memory, size] : world->buffers) std::free(memory);
  const ULONG_PTR lastNumber = world->lastNumber;
  *world = {};
  // Handles of an earlier test must not come to mean something again.
  world->lastNumber = lastNumber;
}

}  // namespace secur32
