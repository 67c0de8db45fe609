/* Credentials and contexts: what is alive, who uses it, and what became of what is not. */
#ifndef SCRIPTED_STATE_H
#define SCRIPTED_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "journal.h"
#include "script.h"

struct credential {
  struct credential *next;
  ULONG_PTR id;
  unsigned references; /* the caller's handle, each context, each running call */
  bool freed;
  const SecPkgInfoW *package;
  unsigned long use; /* SECPKG_CRED_* */
  struct script *script;
  size_t first_leg[ACCEPTOR + 1]; /* by role: the leg of the next context, after first legs that left none */
  unsigned contexts;
};

enum { MAX_EARLIER_IDS = 16 };

/* Which calls may run beside each other on a context: sending beside receiving, nothing else. */
enum activity { SENDING, RECEIVING, OTHERWISE, ACTIVITIES };

struct context {
  struct context *next;
  ULONG_PTR id;
  ULONG_PTR earlier_ids[MAX_EARLIER_IDS]; /* handles from before it rotated, newest last */
  size_t earlier_count;
  unsigned long long number; /* in the journal; stays when the handle rotates */
  struct credential *credential;
  enum role role;
  size_t next_leg;
  bool established, deleted;
  unsigned long granted;
  unsigned users[ACTIVITIES];
  const struct leg *completing; /* the leg that waits for CompleteAuthToken */
  struct bytes completing_token;
  wchar_t *target;
  bool has_bindings;
  unsigned long bindings_crc;
  unsigned long sent, received;
  size_t messages[MESSAGE_CALLS];
};

/* All below want the lock to be held. */

struct credential *credential_create(struct script *script, const SecPkgInfoW *package, unsigned long use);
struct credential *credential_find(const SecHandle *handle);
void credential_release(struct credential *credential);
unsigned live_credentials(void);

struct context *context_create(struct credential *credential, enum role role, size_t next_leg);
/* Finds by the current handle or an earlier one; `stale` tells of the latter. */
struct context *context_find(const SecHandle *handle, bool *stale);
/* A new handle; the earlier one is remembered. */
void context_rotate(struct context *context);
/* Off the list: no handle leads to it any more. It is gone when the last running call leaves. */
void context_delete(struct context *context);
unsigned live_contexts(void);

/* Whether the package gave out this handle at some time. */
bool handle_was_given(const SecHandle *handle);
/* 1, 2, 3, … in the order they were given out. */
unsigned long long handle_number(ULONG_PTR id);
/* Writes `id`. The half of a handle that secur32 claims for itself is taken from `pattern`, a handle of `pattern_id`.
 */
void handle_write(SecHandle *handle, const SecHandle *pattern, ULONG_PTR pattern_id, ULONG_PTR id);

/* Not with the lock held: */

/* Finds the context of a call and registers the call on it, with its faults. NULL when the handle leads nowhere any
   more: the call is then SEC_E_INVALID_HANDLE. */
struct context *context_enter(const SecHandle *handle, enum activity activity, struct call *call);
void context_leave(struct context *context, enum activity activity);

#endif
