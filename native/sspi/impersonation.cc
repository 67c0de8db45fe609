#include "impersonation.h"

#include <cstdlib>

namespace sspi {

Impersonation::~Impersonation() {
  if (status_ == SEC_E_OK && RevertSecurityContext(&context_) != SEC_E_OK) std::abort();
}

}  // namespace sspi
