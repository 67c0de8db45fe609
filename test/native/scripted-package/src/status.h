/* SECURITY_STATUS by name and back. */
#ifndef SCRIPTED_STATUS_H
#define SCRIPTED_STATUS_H

#include <stdbool.h>

#include "sspi-headers.h"

/* What AcquireCredentialsHandle returns for a script that cannot be read: customer bit set, "SCR" below it. */
#define STATUS_BAD_SCRIPT ((SECURITY_STATUS)0xE0534352)

/* Reads "SEC_E_OK", "0x8009030c" or "2148074252". Leaves `status` alone and returns false for anything else. */
bool status_from_text(const wchar_t *text, SECURITY_STATUS *status);

/* The symbolic name, or NULL for a number without one. */
const wchar_t *status_name(SECURITY_STATUS status);

#endif
