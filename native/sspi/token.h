#pragma once

#include <memory>

#include "platform.h"

namespace sspi {

struct CloseToken {
  void operator()(void* handle) const noexcept { CloseHandle(handle); }
};

using Token = std::unique_ptr<void, CloseToken>;

// The result of a request for a token: the status that refused it, or the token.
struct TokenResult {
  Status status = SEC_E_OK;
  Token token;
};

// QuerySecurityContextToken
TokenResult tokenOfContext(CtxtHandle& context);

// The token of the process, whoever the calling thread acts as.
TokenResult tokenOfProcess();

}  // namespace sspi
