/* The one lock over all state of the package. Recursive; never held while a call sleeps or waits at a gate. */
#ifndef SCRIPTED_LOCK_H
#define SCRIPTED_LOCK_H

void lock(void);
void unlock(void);

#endif
