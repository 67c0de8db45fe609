#include "../sspi/live_counts.h"
#include "../sspi/packages.h"
#include "arguments.h"
#include "exports.h"
#include "functions.h"
#include "promise_job.h"
#include "results.h"

namespace sspi {

namespace {

// https://gitlab.winehq.org/wine/wine/-/wikis/Developer-FAQ: ntdll exports this under Wine only.
Napi::Value wineVersion(Napi::Env env) {
  using WineGetVersion = const char*(CDECL*)();
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  const FARPROC found = ntdll == nullptr ? nullptr : GetProcAddress(ntdll, "wine_get_version");
  if (found == nullptr) return env.Undefined();
  // Copied by its bits: FARPROC is never the real type, and compilers warn about every cast from it.
  WineGetVersion getVersion = nullptr;
  static_assert(sizeof(getVersion) == sizeof(found));
  CopyMemory(&getVersion, &found, sizeof(getVersion));
  return Napi::String::New(env, getVersion());
}

Napi::Value liveCounts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object counts = Napi::Object::New(env);
  counts.Set("credentials", Napi::Number::New(env, Counted<Live::credential>::alive()));
  counts.Set("contexts", Napi::Number::New(env, Counted<Live::context>::alive()));
  counts.Set("buffers", Napi::Number::New(env, Counted<Live::buffer>::alive()));
  counts.Set("calls", Napi::Number::New(env, Counted<Live::call>::alive()));
  return counts;
}

Napi::Value threadUse(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  const WorkerPool::Load load = runtime->load();
  Napi::Object use = Napi::Object::New(info.Env());
  use.Set("atWork", Napi::Number::New(info.Env(), static_cast<double>(load.atWork)));
  use.Set("most", Napi::Number::New(info.Env(), static_cast<double>(WorkerPool::kMaxThreads)));
  use.Set("waiting", Napi::Number::New(info.Env(), static_cast<double>(load.waiting)));
  constexpr double kMicroseconds = 1000;  // in a millisecond
  if (const std::optional<int64_t> oldest = runtime->oldestCall()) {
    use.Set("oldest", Napi::Number::New(info.Env(), static_cast<double>(*oldest) / kMicroseconds));
  }
  return use;
}

Napi::Value enumeratePackages(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(info.Env(), runtime, enumerateSecurityPackages, packageListToJs);
}

Napi::Value queryPackage(const Napi::CallbackInfo& info, const std::shared_ptr<Runtime>& runtime) {
  return runOffThread(
      info.Env(), runtime, [name = toText(info[0])] { return querySecurityPackageInfo(name); }, packageQueryToJs);
}

}  // namespace

void addPackageFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime) {
  exports.Set("wineVersion", wineVersion(env));
  addFunction(env, exports, "liveCounts", liveCounts);
  addFunction(env, exports, "threadUse", threadUse, runtime);
  addFunction(env, exports, "enumerateSecurityPackages", enumeratePackages, runtime);
  addFunction(env, exports, "querySecurityPackageInfo", queryPackage, runtime);
}

}  // namespace sspi
