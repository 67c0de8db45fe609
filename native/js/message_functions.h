#pragma once

#include "napi_setup.h"

namespace sspi {

// encryptMessage, decryptMessage, makeSignature, verifySignature
void addMessageFunctions(Napi::Env env, Napi::Object exports);

}  // namespace sspi
