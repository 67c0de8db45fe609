#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform.h"

namespace sspi {

using ClaimValue = std::variant<int64_t, uint64_t, bool, std::wstring, std::vector<BYTE>>;

// What the domain's controller vouches for besides groups: a department, a country.
struct Claim {
  std::wstring name;
  uint16_t type = 0;   // CLAIM_SECURITY_ATTRIBUTE_TYPE_*
  uint32_t flags = 0;  // CLAIM_SECURITY_ATTRIBUTE_*
  std::vector<ClaimValue> values;
};

// Reads CLAIM_SECURITY_ATTRIBUTES_INFORMATION, whose pointers lead into its own memory. Absent where one of them does
// not, or where the version is unknown. A claim of an unknown type has no values.
std::optional<std::vector<Claim>> readClaims(const BYTE* memory, size_t size);

}  // namespace sspi
