#pragma once

#include "value.h"

namespace sspi {

// Reads CLAIM_SECURITY_ATTRIBUTES_INFORMATION, whose pointers point into its own memory: a list of records with name,
// type (CLAIM_SECURITY_ATTRIBUTE_TYPE_*), flags (CLAIM_SECURITY_ATTRIBUTE_*) and values. Absent if a pointer points
// elsewhere, or if the version is unknown. A claim of an unknown type has no values.
Value readClaims(const BYTE* memory, size_t size);

}  // namespace sspi
