#pragma once

#include <memory>

#include "runtime.h"

namespace sspi {

// createContext, initializeSecurityContext, acceptSecurityContext, completeAuthToken, deleteSecurityContext,
// dropContext, useCredential, queryContextAttributes, queryContextAttributesSync, querySecurityContextToken,
// impersonate
void addContextFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);

}  // namespace sspi
