/* Whom a context's client is: a copy of the process's own token, changed as the script says. */
#ifndef SCRIPTED_CLIENT_H
#define SCRIPTED_CLIENT_H

#include "script.h"

/* NULL when Windows cannot make it. The caller closes it. */
HANDLE client_token(const struct client *client);

/* One like it with so many more groups; NULL when this process may not, or Windows cannot. */
HANDLE token_with_groups(HANDLE like, unsigned count);

/* What a faulty package hands out. Whoever takes it closes it, where there is something to close. */
HANDLE client_bad_token(const struct client *client);

#endif
