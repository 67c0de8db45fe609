#include "exports.h"

#include <new>
#include <stdexcept>

#include "coded_error.h"

namespace sspi {

namespace {

struct Export {
  Function plain;
  RuntimeFunction withRuntime;
  std::shared_ptr<Runtime> runtime;

  Napi::Value operator()(const Napi::CallbackInfo& info) const {
    try {
      return plain == nullptr ? withRuntime(info, runtime) : plain(info);
    } catch (const std::bad_alloc&) {
      // An argument that is too large for the available memory: napi.h would terminate the process.
      throw outOfResources(info.Env());
    } catch (const std::length_error&) {
      // The same where the address space itself would not do.
      throw outOfResources(info.Env());
    }
  }
};

}  // namespace

void addFunction(Napi::Env env, Napi::Object exports, const char* name, Function function) {
  exports.Set(name, Napi::Function::New(env, Export{function, nullptr, nullptr}, name));
}

void addFunction(Napi::Env env, Napi::Object exports, const char* name, RuntimeFunction function,
                 const std::shared_ptr<Runtime>& runtime) {
  exports.Set(name, Napi::Function::New(env, Export{nullptr, function, runtime}, name));
}

}  // namespace sspi
