#include "world.h"

SECURITY_STATUS EnumerateSecurityPackagesW(ULONG* count, SecPkgInfoW** packages) {
  const secur32::Entry world;
  const secur32::Script& script = world->script;
  if (script.enumerate != SEC_E_OK) return script.enumerate;
  *count = static_cast<ULONG>(script.packages.size());
  *packages = secur32::allocatePackages(script.packages);
  return SEC_E_OK;
}

SECURITY_STATUS QuerySecurityPackageInfoW(wchar_t* name, SecPkgInfoW** package) {
  const secur32::Entry world;
  for (const secur32::Package& candidate : world->script.packages) {
    if (candidate.name != name) continue;
    *package = secur32::allocatePackages({candidate});
    return SEC_E_OK;
  }
  return SEC_E_SECPKG_NOT_FOUND;
}
