/* What holds a call up: delays, and gates that a test opens and shuts. */
#ifndef SCRIPTED_PAUSE_H
#define SCRIPTED_PAUSE_H

#include <stdbool.h>

#include "script.h"

/* Waits as told. The lock must not be held. */
void pause_here(const struct pause *pause);

/* A gate is shut until it is opened for the first time. */
void gate_set(const wchar_t *name, bool open);

#endif
