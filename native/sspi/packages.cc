#include "packages.h"

#include "context_buffer.h"

namespace sspi {

namespace {

std::wstring copyText(const wchar_t* text) { return text == nullptr ? std::wstring() : std::wstring(text); }

}  // namespace

PackageInfo copyPackageInfo(const SecPkgInfoW& info) {
  return {copyText(info.Name), copyText(info.Comment), info.fCapabilities, info.cbMaxToken, info.wVersion, info.wRPCID};
}

PackageList enumerateSecurityPackages() {
  ULONG count = 0;
  SecPkgInfoW* first = nullptr;
  PackageList result{EnumerateSecurityPackagesW(&count, &first), {}};
  const ContextBuffer<SecPkgInfoW> memory(first);
  if (result.status != SEC_E_OK) return result;
  result.packages.reserve(count);
  for (ULONG i = 0; i < count; ++i) result.packages.push_back(copyPackageInfo(first[i]));
  return result;
}

PackageQuery querySecurityPackageInfo(std::wstring name) {
  SecPkgInfoW* info = nullptr;
  PackageQuery result{QuerySecurityPackageInfoW(name.data(), &info), std::nullopt};
  const ContextBuffer<SecPkgInfoW> memory(info);
  if (result.status == SEC_E_OK && info != nullptr) result.info = copyPackageInfo(*info);
  return result;
}

}  // namespace sspi
