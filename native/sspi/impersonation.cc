#include "impersonation.h"

#include <cstdlib>

namespace sspi {

Impersonation::~Impersonation() {
  if (status_ != SEC_E_OK) return;
  // Reverting leaves the thread with no token at all.
  if (RevertSecurityContext(&context_) != SEC_E_OK || !before_.restore()) std::abort();
}

}  // namespace sspi
