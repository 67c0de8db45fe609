#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "lock.h"
#include "text.h"

/* Odd, so that no pointer that secur32 keeps in its half of a handle is ever taken for one. */
#define FIRST_ID ((ULONG_PTR)0x5C100001)

static ULONG_PTR next_id = FIRST_ID;
static struct credential *credentials;
static struct context *contexts;

static ULONG_PTR new_id(void) {
  ULONG_PTR id = next_id;
  next_id += 2;
  return id;
}

static bool is_id(ULONG_PTR value) { return value >= FIRST_ID && value < next_id && value & 1; }

static bool handle_is(const SecHandle *handle, ULONG_PTR id) { return handle->dwLower == id || handle->dwUpper == id; }

bool handle_was_given(const SecHandle *handle) { return is_id(handle->dwLower) || is_id(handle->dwUpper); }

unsigned long long handle_number(ULONG_PTR id) { return (id - FIRST_ID) / 2 + 1; }

void handle_write(SecHandle *handle, const SecHandle *pattern, ULONG_PTR pattern_id, ULONG_PTR id) {
  SecHandle written = {id, id};
  if (pattern && pattern->dwLower != pattern_id) written.dwLower = pattern->dwLower;
  if (pattern && pattern->dwUpper != pattern_id) written.dwUpper = pattern->dwUpper;
  *handle = written;
}

/* --- credentials ---------------------------------------------------------------------------------------------- */

struct credential *credential_create(struct script *script, const SecPkgInfoW *package, unsigned long use) {
  struct credential *credential = allocate(sizeof *credential);
  credential->id = new_id();
  credential->references = 1;
  credential->script = script;
  credential->package = package;
  credential->use = use;
  credential->next = credentials;
  credentials = credential;
  return credential;
}

struct credential *credential_find(const SecHandle *handle) {
  for (struct credential *at = credentials; handle && at; at = at->next) {
    if (!at->freed && handle_is(handle, at->id)) return at;
  }
  return NULL;
}

void credential_release(struct credential *credential) {
  if (--credential->references) return;
  struct credential **at = &credentials;
  while (*at != credential) at = &(*at)->next;
  *at = credential->next;
  script_free(credential->script);
  free(credential);
}

unsigned live_credentials(void) {
  unsigned live = 0;
  for (struct credential *at = credentials; at; at = at->next) live += !at->freed && at->script->purpose == PLAYS;
  return live;
}

/* --- contexts ------------------------------------------------------------------------------------------------- */

struct context *context_create(struct credential *credential, enum role role, size_t next_leg) {
  struct context *context = allocate(sizeof *context);
  context->id = new_id();
  context->number = handle_number(context->id);
  context->credential = credential;
  context->role = role;
  context->next_leg = next_leg;
  context->next = contexts;
  contexts = context;
  credential->references++;
  credential->contexts++;
  return context;
}

struct context *context_find(const SecHandle *handle, bool *stale) {
  *stale = false;
  for (struct context *at = contexts; handle && at; at = at->next) {
    if (handle_is(handle, at->id)) return at;
    for (size_t i = 0; i < at->earlier_count; i++) {
      if (handle_is(handle, at->earlier_ids[i])) {
        *stale = true;
        return at;
      }
    }
  }
  return NULL;
}

void context_rotate(struct context *context) {
  if (context->earlier_count == MAX_EARLIER_IDS)
    memmove(context->earlier_ids, context->earlier_ids + 1, --context->earlier_count * sizeof(ULONG_PTR));
  context->earlier_ids[context->earlier_count++] = context->id;
  context->id = new_id();
}

static void free_unused(struct context *context) {
  if (!context->deleted || context->users[SENDING] || context->users[RECEIVING] || context->users[OTHERWISE]) return;
  credential_release(context->credential);
  free(context->completing_token.at);
  free(context->target);
  free(context);
}

void context_delete(struct context *context) {
  struct context **at = &contexts;
  while (*at != context) at = &(*at)->next;
  *at = context->next;
  context->deleted = true;
  context->credential->contexts--;
  free_unused(context);
}

unsigned live_contexts(void) {
  unsigned live = 0;
  for (struct context *at = contexts; at; at = at->next) live++;
  return live;
}

struct context *context_enter(const SecHandle *handle, enum activity activity, struct call *call) {
  bool stale;
  lock();
  struct context *context = context_find(handle, &stale);
  if (context) call_about(call, NULL, context);
  if (stale) {
    call_fault(call, FAULT_STALE_HANDLE);
    context = NULL;
  } else if (!context) {
    call_fault(call, handle && handle_was_given(handle) ? FAULT_USE_AFTER_DELETE : FAULT_UNKNOWN_HANDLE);
  } else {
    bool beside = activity == OTHERWISE && (context->users[SENDING] || context->users[RECEIVING]);
    if (context->users[OTHERWISE] || context->users[activity] || beside) call_fault(call, FAULT_OVERLAP);
    context->users[activity]++;
  }
  unlock();
  return context;
}

void context_leave(struct context *context, enum activity activity) {
  lock();
  context->users[activity]--;
  free_unused(context);
  unlock();
}
