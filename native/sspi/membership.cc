#include "membership.h"

#include "token.h"
#include "token_information.h"

namespace sspi {

namespace {

// CheckTokenMembership does not accept a primary token.
Token copyToAskOf(HANDLE primary) {
  HANDLE copy = nullptr;
  check(DuplicateToken(primary, SecurityIdentification, &copy));
  return Token(copy);
}

Membership checkMembership(const TokenResult& result, std::vector<BYTE> sid) {
  if (result.status != SEC_E_OK) return {result.status, false};
  try {
    HANDLE token = result.token.get();
    const bool isPrimary = queryToken<TOKEN_TYPE>(token, TokenType) == TokenPrimary;
    const Token copy = isPrimary ? copyToAskOf(token) : nullptr;
    BOOL isMember = FALSE;
    check(CheckTokenMembership(isPrimary ? copy.get() : token, sid.data(), &isMember));
    return {SEC_E_OK, isMember != FALSE};
  } catch (const Win32Error& error) {
    return {statusOf(error), false};
  }
}

}  // namespace

Membership checkContextMembership(CtxtHandle& context, std::vector<BYTE> sid) {
  return checkMembership(tokenOfContext(context), std::move(sid));
}

Membership checkProcessMembership(std::vector<BYTE> sid) { return checkMembership(tokenOfProcess(), std::move(sid)); }

}  // namespace sspi
