#include "journal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "handout.h"
#include "lock.h"
#include "state.h"
#include "status.h"

enum {
  MAX_CALLS = 4096,   /* older calls are dropped, and counted */
  MAX_HEX_BYTES = 256 /* of one buffer */
};

struct call {
  unsigned long long number;
  struct text json; /* an object without its closing brace */
  struct text faults;
  wchar_t *tag;
  bool running, dropped, has_credential;
  const void *password;
  size_t password_size;
  unsigned long password_crc;
};

static const wchar_t *const fault_names[FAULTS] = {
    [FAULT_UNKNOWN_HANDLE] = L"unknownHandle",
    [FAULT_STALE_HANDLE] = L"staleHandle",
    [FAULT_USE_AFTER_DELETE] = L"useAfterDelete",
    [FAULT_DOUBLE_DELETE] = L"doubleDelete",
    [FAULT_DELETE_DURING_CALL] = L"deleteDuringCall",
    [FAULT_OVERLAP] = L"overlap",
    [FAULT_ORPHAN] = L"orphan",
    [FAULT_CALL_AFTER_END] = L"callAfterEnd",
    [FAULT_COMPLETION_SKIPPED] = L"completionSkipped",
    [FAULT_COMPLETION_UNASKED] = L"completionUnasked",
    [FAULT_COMPLETION_TOKEN] = L"completionToken",
    [FAULT_TARGET_CHANGED] = L"targetChanged",
    [FAULT_BINDINGS_CHANGED] = L"bindingsChanged",
    [FAULT_NO_NEW_CONTEXT] = L"noNewContext",
    [FAULT_DOUBLE_FREE] = L"doubleFree",
};

static struct call *calls[MAX_CALLS]; /* entry n is at n % MAX_CALLS */
static unsigned long long call_total, first_shown, fault_totals[FAULTS], fault_total;
static unsigned running, most_running;
static volatile LONG stopped;

static void free_call(struct call *call) {
  text_clear(&call->json);
  text_clear(&call->faults);
  free(call->tag);
  free(call);
}

static void drop(struct call **place) {
  struct call *call = *place;
  *place = NULL;
  if (!call) return;
  if (call->running)
    call->dropped = true; /* its own thread frees it */
  else
    free_call(call);
}

static bool thread_impersonates(void) {
  HANDLE token;
  if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) return false;
  CloseHandle(token);
  return true;
}

struct call *call_open(const wchar_t *function) {
  if (stopped) return NULL;
  bool impersonates = thread_impersonates();
  struct call *call = allocate(sizeof *call);
  lock();
  call->number = call_total++;
  call->running = true;
  struct call **place = &calls[call->number % MAX_CALLS];
  drop(place);
  *place = call;
  if (++running > most_running) most_running = running;
  text_add(&call->json, L"{\"n\":");
  text_add_number(&call->json, call->number);
  call_text(call, L"call", function);
  call_number(call, L"thread", GetCurrentThreadId());
  call_number(call, L"ms", GetTickCount());
  if (impersonates) call_bool(call, L"impersonating", true);
  unlock();
  return call;
}

static void add_key(struct text *json, const wchar_t *key) {
  text_add(json, L",\"");
  text_add(json, key);
  text_add(json, L"\":");
}

void call_about(struct call *call, const struct credential *credential, const struct context *context) {
  if (!call) return;
  lock();
  if (!credential && context) credential = context->credential;
  if (credential && !call->has_credential) {
    call->has_credential = true;
    call_number(call, L"credential", handle_number(credential->id));
    if (credential->script->tag) {
      call->tag = copy_of_text(credential->script->tag);
      call_text(call, L"tag", call->tag);
    }
  }
  if (context) call_number(call, L"context", context->number);
  unlock();
}

void call_fault(struct call *call, enum fault fault) {
  lock();
  fault_totals[fault]++;
  fault_total++;
  if (call) {
    text_add(&call->faults, call->faults.length ? L",\"" : L"\"");
    text_add(&call->faults, fault_names[fault]);
    text_add(&call->faults, L"\"");
  }
  unlock();
}

void call_json(struct call *call, const wchar_t *key, const struct text *json) {
  if (!call) return;
  lock();
  add_key(&call->json, key);
  text_add(&call->json, json->length ? json->chars : L"null");
  unlock();
}

void call_number(struct call *call, const wchar_t *key, unsigned long long value) {
  if (!call) return;
  lock();
  add_key(&call->json, key);
  text_add_number(&call->json, value);
  unlock();
}

void call_bool(struct call *call, const wchar_t *key, bool value) {
  if (!call) return;
  lock();
  add_key(&call->json, key);
  text_add(&call->json, value ? L"true" : L"false");
  unlock();
}

void call_text(struct call *call, const wchar_t *key, const wchar_t *value) {
  if (!call) return;
  lock();
  add_key(&call->json, key);
  text_add_json(&call->json, value, value ? wcslen(value) : 0);
  unlock();
}

/* `{"length", "crc", "hex"}`: the first bytes in hexadecimal, the checksum over all; or the length alone. */
static void add_json_bytes(struct text *json, const void *bytes, size_t length) {
  text_add(json, L"{\"length\":");
  text_add_number(json, length);
  if (bytes) {
    text_add(json, L",\"crc\":");
    text_add_number(json, crc32_of(0, bytes, length));
    text_add(json, L",\"hex\":\"");
    text_add_hex(json, bytes, length < MAX_HEX_BYTES ? length : MAX_HEX_BYTES);
    text_add(json, L"\"");
  }
  text_add(json, L"}");
}

void call_bytes(struct call *call, const wchar_t *key, const void *bytes, size_t length) {
  if (!call) return;
  struct text json = {0};
  add_json_bytes(&json, bytes, length);
  call_json(call, key, &json);
  text_clear(&json);
}

static void add_buffers(struct call *call, const wchar_t *key, const SecBufferDesc *buffers, bool contents) {
  if (!call) return;
  struct text json = {0};
  if (buffers) {
    text_add(&json, L"[");
    for (unsigned long i = 0; i < buffers->cBuffers; i++) {
      const SecBuffer *buffer = &buffers->pBuffers[i];
      text_add(&json, i ? L",{\"type\":" : L"{\"type\":");
      text_add_number(&json, buffer->BufferType);
      text_add(&json, L",\"bytes\":");
      add_json_bytes(&json, contents ? buffer->pvBuffer : NULL, buffer->cbBuffer);
      text_add(&json, buffer->pvBuffer ? L"}" : L",\"null\":true}");
    }
    text_add(&json, L"]");
  }
  call_json(call, key, &json);
  text_clear(&json);
}

void call_input(struct call *call, const SecBufferDesc *buffers) { add_buffers(call, L"input", buffers, true); }

void call_output(struct call *call, const SecBufferDesc *buffers) { add_buffers(call, L"output", buffers, false); }

void call_password(struct call *call, const void *password, size_t size) {
  if (!call) return;
  lock();
  call->password = password;
  call->password_size = size;
  call->password_crc = crc32_of(0, password, size);
  unlock();
}

SECURITY_STATUS call_close(struct call *call, SECURITY_STATUS status) {
  if (!call) return status;
  lock();
  running--;
  call->running = false;
  if (call->dropped) {
    free_call(call);
  } else {
    call_number(call, L"status", (unsigned long)status);
    call_text(call, L"statusName", status_name(status));
  }
  unlock();
  return status;
}

/* Reads memory that may be gone by now. */
static bool password_in_place(const struct call *call) {
  unsigned char *copy = allocate(call->password_size);
  SIZE_T read = 0;
  bool same = ReadProcessMemory(GetCurrentProcess(), call->password, copy, call->password_size, &read) &&
              read == call->password_size && crc32_of(0, copy, read) == call->password_crc;
  SecureZeroMemory(copy, call->password_size);
  free(copy);
  return same;
}

static void add_call(struct text *json, const struct call *call) {
  text_add(json, call->json.chars);
  if (call->faults.length) {
    add_key(json, L"faults");
    text_add(json, L"[");
    text_add(json, call->faults.chars);
    text_add(json, L"]");
  }
  if (call->password_size) {
    add_key(json, L"passwordInPlace");
    text_add(json, password_in_place(call) ? L"true" : L"false");
  }
  if (call->running) text_add(json, L",\"running\":true");
  text_add(json, L"}");
}

static void add_total(struct text *json, const wchar_t *key, unsigned long long number) {
  add_key(json, key);
  text_add_number(json, number);
}

static void add_fault_totals(struct text *json) {
  add_key(json, L"faults");
  text_add(json, L"{");
  for (int i = 0, any = 0; i < FAULTS; i++) {
    if (!fault_totals[i]) continue;
    text_add(json, any++ ? L",\"" : L"\"");
    text_add(json, fault_names[i]);
    text_add(json, L"\":");
    text_add_number(json, fault_totals[i]);
  }
  text_add(json, L"}");
}

/* A running call is shown even if it began before the journal was cleared. */
static bool is_shown(const struct call *call, const wchar_t *tag) {
  if (!call || (call->number < first_shown && !call->running)) return false;
  return !tag || (call->tag && wcscmp(call->tag, tag) == 0);
}

static void add_calls(struct text *json, const wchar_t *tag) {
  bool any = false;
  add_key(json, L"calls");
  text_add(json, L"[");
  for (unsigned long long n = call_total > MAX_CALLS ? call_total - MAX_CALLS : 0; n < call_total; n++) {
    const struct call *call = calls[n % MAX_CALLS];
    if (!is_shown(call, tag)) continue;
    text_add(json, any ? L",\n" : L"\n");
    any = true;
    add_call(json, call);
  }
  text_add(json, L"]");
}

void journal_write(struct text *json, const wchar_t *tag, bool with_calls) {
  lock();
  unsigned long long total = call_total - first_shown;
  text_add(json, L"{\"version\":1");
  add_total(json, L"credentials", live_credentials());
  add_total(json, L"contexts", live_contexts());
  add_total(json, L"buffers", handout_live_buffers());
  add_total(json, L"handles", handout_live_handles());
  add_total(json, L"running", running);
  add_total(json, L"mostRunning", most_running);
  add_total(json, L"total", total);
  add_total(json, L"dropped", total > MAX_CALLS ? total - MAX_CALLS : 0);
  add_total(json, L"faultTotal", fault_total);
  add_fault_totals(json);
  if (with_calls) add_calls(json, tag);
  text_add(json, L"}");
  unlock();
}

void journal_clear(void) {
  lock();
  first_shown = call_total;
  fault_total = 0;
  memset(fault_totals, 0, sizeof fault_totals);
  most_running = running;
  unlock();
}

void journal_stop(void) { InterlockedExchange(&stopped, 1); }
