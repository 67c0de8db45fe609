#pragma once

#include <memory>

#include "runtime.h"
#include "shape.h"

namespace sspi {

// What one environment (the main thread, a worker) owns, as its instance data.
struct Environment {
  explicit Environment(Napi::Env env) : runtime(std::make_shared<Runtime>(env)), shapes(env) {}

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  std::shared_ptr<Runtime> runtime;
  Shapes shapes;
};

}  // namespace sspi
