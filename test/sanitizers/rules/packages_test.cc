// The lists of packages, copied out of one block of SSPI's memory.

#include "../../../native/sspi/packages.h"

#include "support.h"

namespace rules {

namespace {

void offer() {
  script().packages = {{L"Negotiate", L"Microsoft Package Negotiator", 0x83BB3, 65'791},
                       {L"Schannel", L"Schannel Security Package", 0x107B3, 24'576}};
}

TEST("packages: all are listed and the block given back") {
  const standin::OwnMemory own;
  offer();
  const sspi::PackageList list = sspi::enumerateSecurityPackages();
  EXPECT_EQ(list.packages.size(), 2U);
  EXPECT(list.packages[0].name == L"Negotiate");
  EXPECT(list.packages[1].comment == L"Schannel Security Package");
  EXPECT_EQ(list.packages[1].maxToken, 24'576U);
}

TEST("packages: a failed enumeration lists none") {
  script().enumerate = SEC_E_INTERNAL_ERROR;
  const sspi::PackageList list = sspi::enumerateSecurityPackages();
  EXPECT_EQ(list.status, SEC_E_INTERNAL_ERROR);
  EXPECT(list.packages.empty());
}

TEST("packages: one is found by its name, an unknown name has a status") {
  const standin::OwnMemory own;
  offer();
  const sspi::PackageQuery found = sspi::querySecurityPackageInfo(L"Schannel");
  EXPECT(found.info && found.info->capabilities == 0x107B3);
  const sspi::PackageQuery unknown = sspi::querySecurityPackageInfo(L"nobody's");
  EXPECT_EQ(unknown.status, SEC_E_SECPKG_NOT_FOUND);
  EXPECT(!unknown.info.has_value());
}

TEST("packages: memory that runs out anywhere leaves no buffer behind") {
  EXPECT(throughEveryShortage(offer, [] { EXPECT_EQ(sspi::enumerateSecurityPackages().packages.size(), 2U); }) > 2);
  throughEveryShortage(offer, [] { EXPECT(sspi::querySecurityPackageInfo(L"Schannel").info.has_value()); });
}

}  // namespace

}  // namespace rules
