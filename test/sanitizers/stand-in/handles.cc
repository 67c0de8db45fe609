#include "handles.h"

#include <map>
#include <memory>
#include <mutex>

namespace standin {

namespace {

std::mutex mutex;
std::map<HANDLE, std::unique_ptr<Object>> handles;
thread_local DWORD lastError = ERROR_SUCCESS;

}  // namespace

HANDLE openHandle(Object object) {
  const OwnMemory own;
  auto owned = std::make_unique<Object>(std::move(object));
  const HANDLE handle = owned.get();
  const std::lock_guard<std::mutex> lock(mutex);
  handles.emplace(handle, std::move(owned));
  return handle;
}

const Object* find(HANDLE handle, const char* call) {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = handles.find(handle);
  if (found != handles.end()) return found->second.get();
  violation(std::string(call) + " with a handle that is not open");
  return nullptr;
}

size_t openHandles() {
  const std::lock_guard<std::mutex> lock(mutex);
  return handles.size();
}

void setLastError(DWORD error) { lastError = error; }

}  // namespace standin

DWORD GetLastError() { return standin::lastError; }

BOOL CloseHandle(HANDLE handle) {
  const standin::OwnMemory own;
  if (standin::find(handle, "CloseHandle") == nullptr) return FALSE;
  const std::lock_guard<std::mutex> lock(standin::mutex);
  standin::handles.erase(handle);
  return TRUE;
}
