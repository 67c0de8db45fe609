/* Growing UTF-16 text, with what JSON needs; memory of the package's own, never handed to a caller. */
#ifndef SCRIPTED_TEXT_H
#define SCRIPTED_TEXT_H

#include <stddef.h>

#include "sspi-headers.h"

struct text {
  wchar_t *chars; /* ends with a NUL; NULL while empty */
  size_t length;
  size_t capacity;
};

/* Zeroed memory for free(); ends the process where there is none: a test tool has nothing better to do. */
void *allocate(size_t size);
wchar_t *copy_of_text(const wchar_t *text);

void text_clear(struct text *text);
void text_add(struct text *text, const wchar_t *more);
void text_add_number(struct text *text, unsigned long long number);
void text_add_hex(struct text *text, const void *bytes, size_t length);
/* A JSON string literal of `length` UTF-16 units, or null for NULL. */
void text_add_json(struct text *text, const wchar_t *value, size_t length);

/* CRC-32 as in zlib (reversed polynomial 0xEDB88320); `crc` 0 at the start. */
unsigned long crc32_of(unsigned long crc, const void *bytes, size_t length);

#endif
