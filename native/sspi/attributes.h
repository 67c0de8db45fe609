#pragma once

#include <vector>

#include "packages.h"
#include "platform.h"
#include "value.h"

namespace sspi {

struct Attribute {
  Status status = SEC_E_OK;
  Value value;
};

// The fields of a SecPkgInfoW.
extern const RecordKind kPackageInfo;

// QueryContextAttributesW, decoded and copied; what SSPI allocated is freed. A number that this binding does not decode
// returns SEC_E_UNSUPPORTED_FUNCTION.
Attribute queryContextAttribute(CtxtHandle& context, uint32_t attribute);

std::vector<Attribute> queryContextAttributes(CtxtHandle& context, const std::vector<uint32_t>& attributes);

// The same with QueryCredentialsAttributesW.
Attribute queryCredentialsAttribute(CredHandle& credential, uint32_t attribute);

}  // namespace sspi
