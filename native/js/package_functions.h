#pragma once

#include <memory>

#include "runtime.h"

namespace sspi {

// wineVersion, liveCounts, enumerateSecurityPackages, querySecurityPackageInfo
void addPackageFunctions(Napi::Env env, Napi::Object exports, const std::shared_ptr<Runtime>& runtime);

}  // namespace sspi
