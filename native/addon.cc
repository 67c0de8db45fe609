#include "js/environment.h"
#include "js/functions.h"

namespace sspi {

namespace {

// A thread may still be inside SSPI when its environment, or the last one that uses this library, ends. The library
// must therefore stay loaded.
void pinLibrary() {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&pinLibrary), &self);
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  pinLibrary();
  auto environment = std::make_unique<Environment>(env);
  const std::shared_ptr<Runtime> runtime = environment->runtime;
  env.SetInstanceData(environment.release());
  // The hook only stops all calls; finalizers free the memory. Hooks run in the reverse order, so this one runs before
  // those of the thread-safe functions.
  env.AddCleanupHook([runtime] { runtime->close(); });

  addPackageFunctions(env, exports, runtime);
  addCredentialFunctions(env, exports, runtime);
  addContextFunctions(env, exports, runtime);
  addMessageFunctions(env, exports);
  addIdentityFunctions(env, exports, runtime);
  return exports;
}

}  // namespace

}  // namespace sspi

// NOLINTNEXTLINE(misc-use-internal-linkage): the macro below makes the entry point of it
Napi::Object Init(Napi::Env env, Napi::Object exports) { return sspi::initialize(env, exports); }
NODE_API_MODULE(sspi, Init)
