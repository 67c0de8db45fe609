#pragma once

#include "../sspi/value.h"

namespace sspi {

// LsaGetLogonSessionData, as a record; a text that the authority does not have is empty. Absent where the authority
// does not tell us, as of the sessions of others it does only to administrators.
Value queryLogonSession(LUID id);

}  // namespace sspi
