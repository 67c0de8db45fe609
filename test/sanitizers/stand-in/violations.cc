#include <mutex>
#include <utility>

#include "controls.h"

namespace standin {

namespace {

std::mutex mutex;
std::vector<std::string> violations;

}  // namespace

void violation(std::string what) {
  const OwnMemory own;
  const std::lock_guard<std::mutex> lock(mutex);
  violations.push_back(std::move(what));
}

std::vector<std::string> takeViolations() {
  const std::lock_guard<std::mutex> lock(mutex);
  return std::exchange(violations, {});
}

}  // namespace standin
