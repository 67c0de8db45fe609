#include "pause.h"

#include <stdlib.h>
#include <wchar.h>

#include "lock.h"
#include "text.h"

struct gate {
  struct gate *next;
  wchar_t *name;
  HANDLE open;
};

static struct gate *gates;

/* Gates live as long as the process: a waiter may come at any time. */
static HANDLE gate_named(const wchar_t *name) {
  lock();
  struct gate *gate = gates;
  while (gate && wcscmp(gate->name, name) != 0) gate = gate->next;
  if (!gate) {
    gate = allocate(sizeof *gate);
    gate->name = copy_of_text(name);
    gate->open = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!gate->open) abort();
    gate->next = gates;
    gates = gate;
  }
  unlock();
  return gate->open;
}

void gate_set(const wchar_t *name, bool open) {
  if (open)
    SetEvent(gate_named(name));
  else
    ResetEvent(gate_named(name));
}

void pause_here(const struct pause *pause) {
  if (pause->gate) WaitForSingleObject(gate_named(pause->gate), INFINITE);
  if (pause->delay) Sleep(pause->delay);
}
