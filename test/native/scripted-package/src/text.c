#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void *allocate(size_t size) {
  void *memory = calloc(1, size ? size : 1);
  if (!memory) abort();
  return memory;
}

wchar_t *copy_of_text(const wchar_t *text) {
  if (!text) return NULL;
  size_t size = (wcslen(text) + 1) * sizeof *text;
  return memcpy(allocate(size), text, size);
}

void text_clear(struct text *text) {
  free(text->chars);
  memset(text, 0, sizeof *text);
}

static wchar_t *room_for(struct text *text, size_t more) {
  if (text->length + more + 1 > text->capacity) {
    size_t capacity = (text->length + more + 1) * 2;
    wchar_t *chars = realloc(text->chars, capacity * sizeof *chars);
    if (!chars) abort();
    text->chars = chars;
    text->capacity = capacity;
  }
  wchar_t *end = text->chars + text->length;
  text->length += more;
  text->chars[text->length] = L'\0';
  return end;
}

static void add_units(struct text *text, const wchar_t *units, size_t length) {
  memcpy(room_for(text, length), units, length * sizeof *units);
}

void text_add(struct text *text, const wchar_t *more) { add_units(text, more, wcslen(more)); }

void text_add_number(struct text *text, unsigned long long number) {
  wchar_t digits[20];
  size_t first = sizeof digits / sizeof *digits;
  do {
    digits[--first] = (wchar_t)(L'0' + number % 10);
    number /= 10;
  } while (number);
  add_units(text, digits + first, sizeof digits / sizeof *digits - first);
}

void text_add_hex(struct text *text, const void *bytes, size_t length) {
  const unsigned char *at = bytes;
  wchar_t *to = room_for(text, length * 2);
  for (size_t i = 0; i < length; i++) {
    to[2 * i] = L"0123456789abcdef"[at[i] >> 4];
    to[2 * i + 1] = L"0123456789abcdef"[at[i] & 15];
  }
}

void text_add_json(struct text *text, const wchar_t *value, size_t length) {
  if (!value) {
    text_add(text, L"null");
    return;
  }
  text_add(text, L"\"");
  for (size_t i = 0; i < length; i++) {
    wchar_t unit = value[i];
    if (unit == L'"' || unit == L'\\') {
      wchar_t escaped[2] = {L'\\', unit};
      add_units(text, escaped, 2);
    } else if (unit < 0x20 || (unit >= 0xD800 && unit <= 0xDFFF)) {
      unsigned char bytes[2] = {(unsigned char)(unit >> 8), (unsigned char)unit};
      text_add(text, L"\\u");
      text_add_hex(text, bytes, 2);
    } else {
      add_units(text, &unit, 1);
    }
  }
  text_add(text, L"\"");
}

unsigned long crc32_of(unsigned long crc, const void *bytes, size_t length) {
  /* The polynomial applied to each half of a byte. */
  static const unsigned long table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                          0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                          0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  const unsigned char *at = bytes;
  crc = ~crc;
  for (size_t i = 0; i < length; i++) {
    crc ^= at[i];
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}
