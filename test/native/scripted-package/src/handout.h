/*
 * Memory and handles that the caller must give back: FreeContextBuffer and CloseHandle.
 *
 * secur32 may free context buffers itself, without asking the package (Wine does: RtlFreeHeap on the process's heap).
 * So nothing is counted on the way back; instead each block carries a mark behind its contents, and a block counts as
 * alive for as long as the heap knows it with its size and its mark.
 */
#ifndef SCRIPTED_HANDOUT_H
#define SCRIPTED_HANDOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "sspi-headers.h"

void *handout_memory(size_t size);
wchar_t *handout_text(const wchar_t *text);
/* FreeContextBuffer as the package's own table offers it. False for memory that is not a live hand-out. */
bool handout_free(void *memory);
unsigned handout_live_buffers(void);

/* Remembers a token handle that the caller is to close. */
void handout_handle(HANDLE token);
unsigned handout_live_handles(void);

#endif
