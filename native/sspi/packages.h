#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform.h"

namespace sspi {

// SecPkgInfoW, in our own memory.
struct PackageInfo {
  std::wstring name;
  std::wstring comment;
  uint32_t capabilities;
  uint32_t maxToken;
  uint16_t version;
  uint16_t rpcId;
};

PackageInfo copyPackageInfo(const SecPkgInfoW& info);

struct PackageList {
  Status status = SEC_E_OK;
  std::vector<PackageInfo> packages;
};

struct PackageQuery {
  Status status = SEC_E_OK;
  std::optional<PackageInfo> info;
};

// EnumerateSecurityPackagesW
PackageList enumerateSecurityPackages();

// QuerySecurityPackageInfoW
PackageQuery querySecurityPackageInfo(std::wstring name);

}  // namespace sspi
