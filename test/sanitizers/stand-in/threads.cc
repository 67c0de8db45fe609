#include <atomic>
#include <memory>
#include <thread>

#include "handles.h"

namespace standin {

namespace {

struct Start {
  LPTHREAD_START_ROUTINE routine;
  LPVOID argument;
};

std::atomic<DWORD> processors{2};
std::atomic<bool> refused{false};
std::atomic<size_t> started{0};
std::atomic<size_t> alive{0};

void* run(void* argument) {
  Start start{};
  {
    const OwnMemory own;
    const std::unique_ptr<Start> given(static_cast<Start*>(argument));
    start = *given;
  }
  start.routine(start.argument);
  --alive;
  return nullptr;
}

}  // namespace

void setProcessors(DWORD count) { processors = count; }
void refuseThreads(bool newRefused) { refused = newRefused; }
size_t threadsAlive() { return alive; }
size_t threadsStarted() { return started; }

bool awaitThreads(size_t count, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (alive > count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace standin

HANDLE CreateThread(void* attributes, SIZE_T stackBytes, LPTHREAD_START_ROUTINE routine, LPVOID argument, DWORD flags,
                    DWORD* identifier) {
  const standin::OwnMemory own;
  if (attributes != nullptr || stackBytes == 0 || flags != STACK_SIZE_PARAM_IS_A_RESERVATION || identifier != nullptr) {
    standin::violation("CreateThread as the stand-in does not know it");
  }
  if (standin::refused) return nullptr;
  // The stack's size is the system's own: the sanitizers need more than Windows' code does.
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  auto start = std::make_unique<standin::Start>(standin::Start{routine, argument});
  ++standin::alive;
  pthread_t thread{};
  const int error = pthread_create(&thread, &detached, standin::run, start.get());
  pthread_attr_destroy(&detached);
  if (error != 0) {
    --standin::alive;
    return nullptr;
  }
  ++standin::started;
  start.release();
  return standin::openHandle({});
}

void GetSystemInfo(SYSTEM_INFO* info) { info->dwNumberOfProcessors = standin::processors; }
