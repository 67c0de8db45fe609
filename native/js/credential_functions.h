#pragma once

#include <memory>

#include "runtime.h"

namespace sspi {

// acquireCredentialsHandle, freeCredentialsHandle, dropCredential, queryCredentialsName
void addCredentialFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);

}  // namespace sspi
