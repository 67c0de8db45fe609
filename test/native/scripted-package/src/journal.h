/*
 * The journal: one JSON object a call, readable while the call still runs, and the totals over all calls.
 */
#ifndef SCRIPTED_JOURNAL_H
#define SCRIPTED_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "sspi-headers.h"
#include "text.h"

/* What a careful caller never does. Each is marked in the call's entry and counted. */
enum fault {
  FAULT_UNKNOWN_HANDLE,     /* a handle that the package never gave */
  FAULT_STALE_HANDLE,       /* the context's earlier handle, from before it rotated */
  FAULT_USE_AFTER_DELETE,   /* a deleted context, a freed credential */
  FAULT_DOUBLE_DELETE,      /* DeleteSecurityContext, FreeCredentialsHandle a second time */
  FAULT_DELETE_DURING_CALL, /* deleted while another call runs on it */
  FAULT_OVERLAP,            /* two calls at once on one context, other than sending beside receiving */
  FAULT_ORPHAN,             /* a credential freed before its contexts */
  FAULT_CALL_AFTER_END,     /* a leg after the context was established */
  FAULT_COMPLETION_SKIPPED, /* no CompleteAuthToken after SEC_I_COMPLETE_* */
  FAULT_COMPLETION_UNASKED, /* CompleteAuthToken without SEC_I_COMPLETE_* */
  FAULT_COMPLETION_TOKEN,   /* CompleteAuthToken not on the token that the leg put out */
  FAULT_TARGET_CHANGED,     /* another target name on a later leg */
  FAULT_BINDINGS_CHANGED,   /* other channel bindings on a later leg */
  FAULT_NO_NEW_CONTEXT,     /* phNewContext is NULL */
  FAULT_DOUBLE_FREE,        /* FreeContextBuffer on what is not a live buffer of the package */
  FAULTS
};

struct call;
struct credential;
struct context;

/* Starts an entry. A NULL call is one that appears in no journal: every function below takes it and does nothing,
   except that faults count. */
struct call *call_open(const wchar_t *function);
void call_about(struct call *call, const struct credential *credential, const struct context *context);
void call_fault(struct call *call, enum fault fault);
void call_number(struct call *call, const wchar_t *key, unsigned long long value);
void call_bool(struct call *call, const wchar_t *key, bool value);
void call_text(struct call *call, const wchar_t *key, const wchar_t *value);
void call_json(struct call *call, const wchar_t *key, const struct text *json);
void call_bytes(struct call *call, const wchar_t *key, const void *bytes, size_t length);
/* Buffers as the caller gave them: with their contents, or, as those of an output say nothing, with their lengths. */
void call_input(struct call *call, const SecBufferDesc *buffers);
void call_output(struct call *call, const SecBufferDesc *buffers);
/* Remembers the password's place and checksum, so that the journal can say whether it is still there. */
void call_password(struct call *call, const void *password, size_t size);
SECURITY_STATUS call_close(struct call *call, SECURITY_STATUS status);

/* The whole journal as one JSON document; see README.md. */
void journal_write(struct text *json, const wchar_t *tag, bool with_calls);
void journal_clear(void);
/* From now on calls leave no entry, for whoever measures: writing one costs more than a leg that does nothing. */
void journal_stop(void);

#endif
