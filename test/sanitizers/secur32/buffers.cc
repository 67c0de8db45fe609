#include <cstdlib>

#include "world.h"

namespace secur32 {

namespace {

void (*inspectBuffer)(const void*, size_t) = nullptr;

}  // namespace

void setBufferInspector(void (*inspect)(const void* memory, size_t size)) { inspectBuffer = inspect; }

void* allocate(size_t size) {
  const Entry world;
  void* const memory = std::malloc(size);
  world->buffers.emplace(memory, size);
  return memory;
}

wchar_t* allocateText(const std::wstring& text) {
  const size_t size = (text.size() + 1) * sizeof(wchar_t);
  return static_cast<wchar_t*>(std::memcpy(allocate(size), text.c_str(), size));
}

SecPkgInfoW* allocatePackages(const std::vector<Package>& packages) {
  // One block, as secur32's own: the structures, then their texts.
  size_t size = packages.size() * sizeof(SecPkgInfoW);
  for (const Package& package : packages) {
    size += (package.name.size() + package.comment.size() + 2) * sizeof(wchar_t);
  }
  auto* const first = static_cast<SecPkgInfoW*>(allocate(size));
  auto* text = reinterpret_cast<wchar_t*>(first + packages.size());
  const auto copy = [&text](const std::wstring& from) {
    wchar_t* const copied = text;
    std::memcpy(copied, from.c_str(), (from.size() + 1) * sizeof(wchar_t));
    text += from.size() + 1;
    return copied;
  };
  for (size_t i = 0; i < packages.size(); ++i) {
    const Package& package = packages[i];
    first[i] = {package.capabilities, 1, 0, package.maxToken, copy(package.name), copy(package.comment)};
  }
  return first;
}

}  // namespace secur32

SECURITY_STATUS FreeContextBuffer(void* memory) {
  const secur32::Entry world;
  const auto found = world->buffers.find(memory);
  if (found == world->buffers.end()) {
    standin::violation("FreeContextBuffer of what is no buffer of SSPI's, or no longer one");
    return SEC_E_INVALID_HANDLE;
  }
  if (secur32::inspectBuffer != nullptr) secur32::inspectBuffer(found->first, found->second);
  std::free(found->first);
  world->buffers.erase(found);
  return SEC_E_OK;
}
