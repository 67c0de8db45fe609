#include "journal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "handout.h"
#include "lock.h"
#include "state.h"
#include "status.h"

enum {
  MAX_CALLS = 8192,    /* older calls are dropped, and counted */
  MAX_HEX_BYTES = 1024 /* of one buffer */
};

struct call {
  unsigned long long number;
  struct text json; /* an object without its closing brace */
  struct text faults;
  wchar_t *tag;
  bool running, dropped;
  const void *password;
  size_t password_size;
  unsigned long password_crc;
};

static const wchar_t *const fault_names[FAULTS] = {
    L"unknownHandle",      L"staleHandle",     L"useAfterDelete", L"doubleDelete",   L"deleteDuringCall",
    L"overlap",            L"orphan",          L"callAfterEnd",   L"completionSkipped", L"completionUnasked",
    L"completionToken",    L"targetChanged",   L"bindingsChanged", L"noNewContext",  L"doubleFree",
};

static struct call *calls[MAX_CALLS]; /* entry n is at n % MAX_CALLS */
static unsigned long long call_total, first_shown, dropped, fault_totals[FAULTS], fault_total;
static unsigned running, most_running;

static void free_call(struct call *call) {
  text_clear(&call->json);
  text_clear(&call->faults);
  free(call->tag);
  free(call);
}

static void drop(struct call **place) {
  struct call *call = *place;
  *place = NULL;
  if (!call)
    return;
  if (call->running)
    call->dropped = true; /* its own thread frees it */
  else
    free_call(call);
}

static bool thread_impersonates(void) {
  HANDLE token;
  if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
    return false;
  CloseHandle(token);
  return true;
}

struct call *call_open(const wchar_t *function) {
  bool impersonates = thread_impersonates();
  struct call *call = allocate(sizeof *call);
  lock();
  call->number = call_total++;
  call->running = true;
  struct call **place = &calls[call->number % MAX_CALLS];
  if (*place)
    dropped++;
  drop(place);
  *place = call;
  if (++running > most_running)
    most_running = running;
  text_add(&call->json, L"{\"n\":");
  text_add_number(&call->json, call->number);
  call_text(call, L"call", function);
  call_number(call, L"thread", GetCurrentThreadId());
  call_number(call, L"ms", GetTickCount());
  if (impersonates)
    call_bool(call, L"impersonating", true);
  unlock();
  return call;
}

static void add_key(struct text *json, const wchar_t *key) {
  text_add(json, L",\"");
  text_add(json, key);
  text_add(json, L"\":");
}

void call_about(struct call *call, const struct credential *credential, const struct context *context) {
  if (!call)
    return;
  lock();
  if (!credential && context)
    credential = context->credential;
  if (credential) {
    call_number(call, L"credential", handle_number(credential->id));
    call_text(call, L"tag", credential->script->tag);
    if (credential->script->tag && !call->tag)
      call->tag = copy_of_text(credential->script->tag);
  }
  if (context)
    call_number(call, L"context", context->number);
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
  if (!call)
    return;
  lock();
  add_key(&call->json, key);
  text_add(&call->json, json->length ? json->chars : L"null");
  unlock();
}

void call_number(struct call *call, const wchar_t *key, unsigned long long value) {
  if (!call)
    return;
  lock();
  add_key(&call->json, key);
  text_add_number(&call->json, value);
  unlock();
}

void call_bool(struct call *call, const wchar_t *key, bool value) {
  if (!call)
    return;
  lock();
  add_key(&call->json, key);
  text_add(&call->json, value ? L"true" : L"false");
  unlock();
}

void call_text(struct call *call, const wchar_t *key, const wchar_t *value) {
  if (!call)
    return;
  lock();
  add_key(&call->json, key);
  text_add_json(&call->json, value, value ? wcslen(value) : 0);
  unlock();
}

void add_json_bytes(struct text *json, const void *bytes, size_t length) {
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
  struct text json = {0};
  add_json_bytes(&json, bytes, length);
  call_json(call, key, &json);
  text_clear(&json);
}

void call_buffers(struct call *call, const wchar_t *key, const SecBufferDesc *buffers) {
  struct text json = {0};
  if (buffers) {
    text_add(&json, L"[");
    for (unsigned long i = 0; i < buffers->cBuffers; i++) {
      const SecBuffer *buffer = &buffers->pBuffers[i];
      text_add(&json, i ? L",{\"type\":" : L"{\"type\":");
      text_add_number(&json, buffer->BufferType);
      text_add(&json, L",\"bytes\":");
      /* An output buffer's contents say nothing; so do those of a buffer for the package to fill. */
      add_json_bytes(&json, *key == L'i' ? buffer->pvBuffer : NULL, buffer->cbBuffer);
      text_add(&json, buffer->pvBuffer ? L"}" : L",\"null\":true}");
    }
    text_add(&json, L"]");
  }
  call_json(call, key, &json);
  text_clear(&json);
}

void call_password(struct call *call, const void *password, size_t size) {
  call->password = password;
  call->password_size = size;
  call->password_crc = crc32_of(0, password, size);
}

SECURITY_STATUS call_close(struct call *call, SECURITY_STATUS status) {
  if (!call)
    return status;
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
  if (call->running)
    text_add(json, L",\"running\":true");
  text_add(json, L"}");
}

static void add_total(struct text *json, const wchar_t *key, unsigned long long number) {
  add_key(json, key);
  text_add_number(json, number);
}

void journal_write(struct text *json, const wchar_t *tag, bool with_calls) {
  lock();
  text_add(json, L"{\"version\":1");
  add_total(json, L"credentials", live_credentials());
  add_total(json, L"contexts", live_contexts());
  add_total(json, L"buffers", handout_live_buffers());
  add_total(json, L"handles", handout_live_handles());
  add_total(json, L"running", running);
  add_total(json, L"mostRunning", most_running);
  add_total(json, L"total", call_total - first_shown);
  add_total(json, L"dropped", dropped);
  add_total(json, L"faultTotal", fault_total);
  add_key(json, L"faults");
  text_add(json, L"{");
  for (int i = 0, any = 0; i < FAULTS; i++) {
    if (!fault_totals[i])
      continue;
    text_add(json, any++ ? L",\"" : L"\"");
    text_add(json, fault_names[i]);
    text_add(json, L"\":");
    text_add_number(json, fault_totals[i]);
  }
  text_add(json, L"}");
  if (with_calls) {
    add_key(json, L"calls");
    text_add(json, L"[");
    unsigned long long number = call_total > MAX_CALLS ? call_total - MAX_CALLS : 0;
    bool any = false;
    for (number = number > first_shown ? number : first_shown; number < call_total; number++) {
      const struct call *call = calls[number % MAX_CALLS];
      if (!call || (tag && (!call->tag || wcscmp(call->tag, tag) != 0)))
        continue;
      text_add(json, any ? L",\n" : L"\n");
      any = true;
      add_call(json, call);
    }
    text_add(json, L"]");
  }
  text_add(json, L"}");
  unlock();
}

void journal_clear(void) {
  lock();
  first_shown = call_total;
  dropped = 0;
  fault_total = 0;
  memset(fault_totals, 0, sizeof fault_totals);
  most_running = running;
  unlock();
}
