/* InitializeSecurityContext and AcceptSecurityContext, which are one play with two entrances, and CompleteAuthToken. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "functions.h"
#include "handout.h"
#include "journal.h"
#include "lock.h"
#include "pause.h"
#include "state.h"

/* One call of either function. */
struct attempt {
  struct call *call;
  enum role role;
  const SecHandle *credential_handle;
  const SecHandle *context_handle; /* NULL on the first leg */
  const wchar_t *target;
  unsigned long request;
  SecBufferDesc *input;
  SecHandle *new_context;
  SecBufferDesc *output;
  unsigned long *granted;
  TimeStamp *expiry;

  struct credential *credential; /* whose script plays: the context's own, once there is one */
  struct context *context;
  const struct leg *leg;
  size_t position; /* of that leg in the script */
};

static unsigned long type_of(const SecBuffer *buffer) { return buffer->BufferType & ~SECBUFFER_ATTRMASK; }

static SecBuffer *find_buffer(SecBufferDesc *buffers, unsigned long type) {
  for (unsigned long i = 0; buffers && i < buffers->cBuffers; i++) {
    if (type_of(&buffers->pBuffers[i]) == type) return &buffers->pBuffers[i];
  }
  return NULL;
}

/* --- what the caller gave ------------------------------------------------------------------------------------- */

static void record_attempt(const struct attempt *attempt) {
  struct call *call = attempt->call;
  call_bool(call, L"first", !attempt->context_handle);
  call_number(call, L"request", attempt->request);
  if (attempt->role == INITIATOR) call_text(call, L"target", attempt->target);
  call_input(call, attempt->input);
  call_output(call, attempt->output);
  const SecBuffer *bindings = find_buffer(attempt->input, SECBUFFER_CHANNEL_BINDINGS);
  if (!bindings) return;
  const SEC_CHANNEL_BINDINGS *header = bindings->pvBuffer;
  bool fits = header && bindings->cbBuffer >= sizeof *header && header->dwApplicationDataOffset <= bindings->cbBuffer &&
              header->cbApplicationDataLength <= bindings->cbBuffer - header->dwApplicationDataOffset;
  if (fits)
    call_bytes(call, L"applicationData", (const char *)header + header->dwApplicationDataOffset,
               header->cbApplicationDataLength);
  else
    call_bool(call, L"malformedBindings", true);
}

static bool same_text(const wchar_t *a, const wchar_t *b) { return a && b ? wcscmp(a, b) == 0 : a == b; }

/* What must not change between the legs of one context. */
static void compare_with_first_leg(const struct attempt *attempt) {
  const struct context *context = attempt->context;
  const SecBuffer *bindings = find_buffer(attempt->input, SECBUFFER_CHANNEL_BINDINGS);
  if (!same_text(context->target, attempt->target)) call_fault(attempt->call, FAULT_TARGET_CHANGED);
  if (context->has_bindings != (bindings != NULL) ||
      (bindings && context->bindings_crc != crc32_of(0, bindings->pvBuffer, bindings->cbBuffer)))
    call_fault(attempt->call, FAULT_BINDINGS_CHANGED);
}

static bool may_play(const struct credential *credential, enum role role) {
  return (credential->use & (role == INITIATOR ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND)) != 0;
}

/* Finds credential, context and leg. With SEC_E_OK the caller owes `leave`. */
static SECURITY_STATUS enter(struct attempt *attempt) {
  lock();
  SECURITY_STATUS status = SEC_E_OK;
  struct credential *credential = credential_find(attempt->credential_handle);
  if (!credential && attempt->credential_handle)
    call_fault(attempt->call,
               handle_was_given(attempt->credential_handle) ? FAULT_USE_AFTER_DELETE : FAULT_UNKNOWN_HANDLE);
  if (attempt->context_handle) {
    attempt->context = context_enter(attempt->context_handle, OTHERWISE, attempt->call);
    if (attempt->context) attempt->credential = attempt->context->credential;
  } else {
    attempt->credential = credential;
    call_about(attempt->call, credential, NULL);
  }
  if (!attempt->credential || (!credential && attempt->credential_handle)) {
    status = SEC_E_INVALID_HANDLE;
  } else if (credential && (!may_play(credential, attempt->role) || credential->script->purpose != PLAYS)) {
    status = SEC_E_UNKNOWN_CREDENTIALS;
  } else {
    attempt->credential->references++;
    if (credential && credential != attempt->credential)
      call_number(attempt->call, L"otherCredential", handle_number(credential->id));
  }
  if (status != SEC_E_OK && attempt->context) {
    unlock();
    context_leave(attempt->context, OTHERWISE);
    return status;
  }
  unlock();
  return status;
}

static void leave(struct attempt *attempt) {
  if (attempt->context) context_leave(attempt->context, OTHERWISE);
  lock();
  credential_release(attempt->credential);
  unlock();
}

static SECURITY_STATUS choose_leg(struct attempt *attempt) {
  lock();
  struct context *context = attempt->context;
  /* First calls may run side by side: each is a new context's, and none moves the others on. */
  attempt->position = context ? context->next_leg : attempt->credential->first_leg[attempt->role];
  if (context) {
    compare_with_first_leg(attempt);
    if (context->established) call_fault(attempt->call, FAULT_CALL_AFTER_END);
    if (context->completing) call_fault(attempt->call, FAULT_COMPLETION_SKIPPED);
  }
  call_number(attempt->call, L"leg", attempt->position);
  attempt->leg = script_leg(attempt->credential->script, attempt->role, attempt->position);
  if (attempt->leg && context) context->next_leg++;
  unlock();
  return attempt->leg ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

/* --- what the script answers ---------------------------------------------------------------------------------- */

/* Puts a token into a buffer. False when it does not fit. */
static bool put_token(const struct attempt *attempt, const struct token *token, SecBuffer *buffer,
                      const wchar_t *journal_key) {
  const SecBuffer *input = find_buffer(attempt->input, SECBUFFER_TOKEN);
  const void *bytes = token->bytes.at;
  size_t length = token->bytes.length;
  if (token->kind == TOKEN_UNTOUCHED) return true;
  if (token->kind == TOKEN_ECHO) {
    bytes = input ? input->pvBuffer : NULL;
    length = input ? input->cbBuffer : 0;
  }
  if (!buffer) return false;
  if (attempt->request & ISC_REQ_ALLOCATE_MEMORY) { /* the same bit as ASC_REQ_ALLOCATE_MEMORY */
    buffer->pvBuffer = handout_memory(length);
  } else if (buffer->cbBuffer < length) {
    return false;
  }
  if (length) memcpy(buffer->pvBuffer, bytes, length);
  buffer->cbBuffer = (unsigned long)length;
  call_bytes(attempt->call, journal_key, bytes, length);
  return true;
}

static void put_bindings_result(const struct leg *leg, const SecBuffer *buffer) {
  if (leg->has_bindings_result && buffer && buffer->cbBuffer >= sizeof leg->bindings_result)
    memcpy(buffer->pvBuffer, &leg->bindings_result, sizeof leg->bindings_result);
}

static void put_scribble(const struct leg *leg, const SecBuffer *buffer) {
  size_t length = leg->scribble.bytes.length;
  if (leg->scribble.kind == TOKEN_BYTES && length && buffer && buffer->cbBuffer >= length)
    memcpy(buffer->pvBuffer, leg->scribble.bytes.at, length);
}

/* SECBUFFER_EXTRA and SECBUFFER_MISSING go into empty input buffers. */
static void put_hints(const struct attempt *attempt) {
  const struct leg *leg = attempt->leg;
  if (leg->has_extra) {
    SecBuffer *buffer = find_buffer(attempt->input, SECBUFFER_EMPTY);
    if (buffer) {
      buffer->BufferType = SECBUFFER_EXTRA;
      buffer->cbBuffer = leg->extra;
      buffer->pvBuffer = leg->wild_pointer ? (void *)(ULONG_PTR)16 : NULL;
    }
    call_bool(attempt->call, L"extraTold", buffer != NULL);
  }
  if (leg->has_missing) {
    SecBuffer *buffer = find_buffer(attempt->input, SECBUFFER_EMPTY);
    if (buffer) {
      buffer->BufferType = SECBUFFER_MISSING;
      buffer->cbBuffer = leg->missing;
    }
    call_bool(attempt->call, L"missingTold", buffer != NULL);
  }
}

static bool is_expected(const struct attempt *attempt) {
  const struct leg *leg = attempt->leg;
  const SecBuffer *input = find_buffer(attempt->input, SECBUFFER_TOKEN);
  size_t length = input ? input->cbBuffer : 0;
  return !leg->has_expect ||
         (length == leg->expect.length && memcmp(input ? input->pvBuffer : "", leg->expect.at, length) == 0);
}

static void put_flags(const struct attempt *attempt, unsigned long *granted) {
  const struct granted_flags *flags = &attempt->leg->flags;
  *granted = ((flags->requested ? attempt->request : 0) | flags->add) & ~flags->remove;
  if (attempt->granted) *attempt->granted = *granted;
  call_number(attempt->call, L"granted", *granted);
}

static bool wants_completion(SECURITY_STATUS status) {
  return status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE;
}

static void remember_output(struct context *context, const struct leg *leg, const SecBuffer *output) {
  free(context->completing_token.at);
  context->completing_token.length = 0;
  context->completing_token.at = NULL;
  context->completing = leg;
  if (leg && output && leg->token.kind != TOKEN_UNTOUCHED) {
    context->completing_token.length = output->cbBuffer;
    context->completing_token.at = allocate(output->cbBuffer);
    memcpy(context->completing_token.at, output->pvBuffer, output->cbBuffer);
  }
}

static void create_context(struct attempt *attempt) {
  struct credential *credential = attempt->credential;
  const SecBuffer *bindings = find_buffer(attempt->input, SECBUFFER_CHANNEL_BINDINGS);
  struct context *context = context_create(credential, attempt->role, attempt->position + 1);
  context->target = copy_of_text(attempt->target);
  context->has_bindings = bindings != NULL;
  context->bindings_crc = bindings ? crc32_of(0, bindings->pvBuffer, bindings->cbBuffer) : 0;
  context->users[OTHERWISE]++;
  attempt->context = context;
  call_about(attempt->call, NULL, context);
}

static void give_handle(const struct attempt *attempt) {
  if (!attempt->new_context) {
    call_fault(attempt->call, FAULT_NO_NEW_CONTEXT);
    return;
  }
  SecHandle pattern = attempt->context_handle ? *attempt->context_handle : *attempt->credential_handle;
  ULONG_PTR pattern_id = attempt->context_handle ? attempt->context->id : attempt->credential->id;
  if (attempt->context_handle && attempt->leg->rotate) {
    context_rotate(attempt->context);
    call_bool(attempt->call, L"rotated", true);
  }
  handle_write(attempt->new_context, &pattern, pattern_id, attempt->context->id);
}

static SECURITY_STATUS answer(struct attempt *attempt) {
  const struct leg *leg = attempt->leg;
  SecBuffer *output = find_buffer(attempt->output, SECBUFFER_TOKEN);
  SECURITY_STATUS status = is_expected(attempt) ? leg->status : SEC_E_INVALID_TOKEN;
  put_scribble(leg, output);
  put_bindings_result(leg, find_buffer(attempt->output, CHANNEL_BINDINGS_RESULT));
  if (status == leg->status &&
      !(put_token(attempt, &leg->token, output, L"token") &&
        put_token(attempt, &leg->alert, find_buffer(attempt->output, SECBUFFER_ALERT), L"alert")))
    status = SEC_E_BUFFER_TOO_SMALL;
  if (leg->output_type && output) output->BufferType = leg->output_type;
  SecBuffer *input = find_buffer(attempt->input, SECBUFFER_TOKEN);
  if (leg->input_type && input) input->BufferType = leg->input_type;
  put_hints(attempt);
  moment_write(&leg->expiry, attempt->expiry);

  unsigned long granted;
  lock();
  put_flags(attempt, &granted);
  bool first = !attempt->context;
  if (first) {
    bool creates = status >= 0 || leg->keep;
    bool goes_on = !creates && status == SEC_E_INCOMPLETE_MESSAGE;
    attempt->credential->first_leg[attempt->role] = goes_on ? attempt->position + 1 : 0;
    if (creates) create_context(attempt);
  }
  if (attempt->context && !attempt->context->deleted) {
    give_handle(attempt);
    attempt->context->granted = granted;
    attempt->context->established = status == SEC_E_OK;
    remember_output(attempt->context, wants_completion(status) ? leg : NULL, output);
  }
  unlock();
  return status;
}

static SECURITY_STATUS advance(struct attempt *attempt) {
  record_attempt(attempt);
  SECURITY_STATUS status = enter(attempt);
  if (status != SEC_E_OK) return call_close(attempt->call, status);
  status = choose_leg(attempt);
  if (status == SEC_E_OK) {
    pause_here(&attempt->leg->pause);
    status = answer(attempt);
  }
  leave(attempt);
  return call_close(attempt->call, status);
}

SECURITY_STATUS SEC_ENTRY scripted_initialize(PCredHandle credential, PCtxtHandle context, SEC_WCHAR *target,
                                              ULONG request, ULONG reserved1, ULONG data_representation,
                                              PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
                                              PSecBufferDesc output, ULONG *granted, PTimeStamp expiry) {
  (void)reserved1, (void)reserved2;
  struct attempt attempt = {.call = call_open(L"InitializeSecurityContext"),
                            .role = INITIATOR,
                            .credential_handle = credential,
                            .context_handle = context,
                            .target = target,
                            .request = request,
                            .input = input,
                            .new_context = new_context,
                            .output = output,
                            .granted = granted,
                            .expiry = expiry};
  call_number(attempt.call, L"dataRepresentation", data_representation);
  return advance(&attempt);
}

SECURITY_STATUS SEC_ENTRY scripted_accept(PCredHandle credential, PCtxtHandle context, PSecBufferDesc input,
                                          ULONG request, ULONG data_representation, PCtxtHandle new_context,
                                          PSecBufferDesc output, ULONG *granted, PTimeStamp expiry) {
  struct attempt attempt = {.call = call_open(L"AcceptSecurityContext"),
                            .role = ACCEPTOR,
                            .credential_handle = credential,
                            .context_handle = context,
                            .request = request,
                            .input = input,
                            .new_context = new_context,
                            .output = output,
                            .granted = granted,
                            .expiry = expiry};
  call_number(attempt.call, L"dataRepresentation", data_representation);
  return advance(&attempt);
}

/* --- CompleteAuthToken ---------------------------------------------------------------------------------------- */

static bool is_last_output(const struct context *context, const SecBuffer *token) {
  const struct bytes *output = &context->completing_token;
  if (!output->at) return true;
  return token && token->cbBuffer == output->length && memcmp(token->pvBuffer, output->at, output->length) == 0;
}

static SECURITY_STATUS complete(struct call *call, struct context *context, SecBufferDesc *tokens) {
  SecBuffer *token = find_buffer(tokens, SECBUFFER_TOKEN);
  lock();
  const struct leg *leg = context->completing;
  if (!leg)
    call_fault(call, FAULT_COMPLETION_UNASKED);
  else if (!is_last_output(context, token))
    call_fault(call, FAULT_COMPLETION_TOKEN);
  context->completing = NULL;
  unlock();
  if (!leg) return SEC_E_OUT_OF_SEQUENCE;
  pause_here(&leg->completion.pause);
  /* The token may be made again in the memory of the old one, which is all the room that is known of. */
  struct attempt attempt = {.call = call, .input = tokens};
  if (!put_token(&attempt, &leg->completion.token, token, L"token")) return SEC_E_BUFFER_TOO_SMALL;
  lock();
  context->established = leg->status == SEC_I_COMPLETE_NEEDED && leg->completion.status == SEC_E_OK;
  unlock();
  return leg->completion.status;
}

SECURITY_STATUS SEC_ENTRY scripted_complete(PCtxtHandle handle, PSecBufferDesc tokens) {
  struct call *call = call_open(L"CompleteAuthToken");
  call_input(call, tokens);
  struct context *context = context_enter(handle, OTHERWISE, call);
  if (!context) return call_close(call, SEC_E_INVALID_HANDLE);
  SECURITY_STATUS status = complete(call, context, tokens);
  context_leave(context, OTHERWISE);
  return call_close(call, status);
}
