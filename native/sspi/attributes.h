#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "packages.h"
#include "platform.h"
#include "secure_memory.h"

namespace sspi {

struct Sizes {
  uint32_t maxToken;
  uint32_t maxSignature;
  uint32_t blockSize;
  uint32_t securityTrailer;
};

struct StreamSizes {
  uint32_t header;
  uint32_t trailer;
  uint32_t maxMessage;
  uint32_t buffers;
  uint32_t blockSize;
};

struct Lifespan {
  std::optional<double> start;
  std::optional<double> expiry;
};

struct Negotiation {
  std::optional<PackageInfo> package;
  uint32_t state;
};

struct NativeNames {
  std::optional<std::wstring> client;
  std::optional<std::wstring> server;
};

using SessionKey = SecureArray<BYTE>;

using AttributeValue = std::variant<std::monostate, Sizes, StreamSizes, Lifespan, std::wstring, PackageInfo,
                                    Negotiation, NativeNames, SessionKey, uint32_t>;

struct Attribute {
  Status status;
  AttributeValue value;
};

// QueryContextAttributesW, decoded and copied; what SSPI allocated is given back. A number this binding does not decode
// gives SEC_E_UNSUPPORTED_FUNCTION.
Attribute queryContextAttribute(CtxtHandle& context, uint32_t attribute);

std::vector<Attribute> queryContextAttributes(CtxtHandle& context, const std::vector<uint32_t>& attributes);

}  // namespace sspi
