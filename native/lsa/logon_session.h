#pragma once

#include "../sspi/value.h"

namespace sspi {

// LsaGetLogonSessionData, as a record; a text that the authority does not have is empty. Absent if the authority does
// not tell us: only administrators may see the sessions of others.
Value queryLogonSession(LUID id);

}  // namespace sspi
