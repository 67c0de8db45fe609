#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "status.h"
#include "text.h"

bool read_number(struct reader *reader, const wchar_t *value, unsigned long *number) {
  wchar_t *end = NULL;
  unsigned long long read = *value >= L'0' && *value <= L'9' ? wcstoull(value, &end, 0) : 0;
  if (!end || *end || read > 0xFFFFFFFF) return script_error(reader, L"not a number of 32 bits", value);
  *number = (unsigned long)read;
  return true;
}

bool read_status(struct reader *reader, const wchar_t *value, SECURITY_STATUS *status) {
  return status_from_text(value, status) || script_error(reader, L"unknown status", value);
}

static bool read_hex(struct reader *reader, const wchar_t *value, struct bytes *bytes) {
  size_t digits = wcslen(value);
  bytes->length = digits / 2;
  bytes->at = allocate(bytes->length);
  for (size_t i = 0; i < digits; i++) {
    wchar_t c = value[i] | 0x20;
    int nibble = c >= L'0' && c <= L'9' ? c - L'0' : c >= L'a' && c <= L'f' ? c - L'a' + 10 : -1;
    if (nibble < 0 || digits % 2) return script_error(reader, L"not whole bytes in hexadecimal", value);
    bytes->at[i / 2] = (unsigned char)(bytes->at[i / 2] << 4 | nibble);
  }
  return true;
}

bool read_bytes(struct reader *reader, const wchar_t *value, struct bytes *bytes) {
  free(bytes->at);
  memset(bytes, 0, sizeof *bytes);
  if (wcscmp(value, L"empty") == 0) {
    bytes->at = allocate(0);
    return true;
  }
  if (wcsncmp(value, L"hex:", 4) == 0) return read_hex(reader, value + 4, bytes);
  if (wcsncmp(value, L"text:", 5) == 0) {
    int length = (int)wcslen(value + 5);
    int size = length ? WideCharToMultiByte(CP_UTF8, 0, value + 5, length, NULL, 0, NULL, NULL) : 0;
    bytes->at = allocate((size_t)size);
    bytes->length = (size_t)size;
    if (size) WideCharToMultiByte(CP_UTF8, 0, value + 5, length, (char *)bytes->at, size, NULL, NULL);
    return true;
  }
  if (wcsncmp(value, L"size:", 5) == 0) {
    unsigned long size;
    if (!read_number(reader, value + 5, &size)) return false;
    if (size > 64 * 1024 * 1024) return script_error(reader, L"more than 64 MiB", value);
    bytes->at = allocate(size);
    bytes->length = size;
    for (size_t i = 0; i < size; i++) bytes->at[i] = (unsigned char)(i % 251);
    return true;
  }
  return script_error(reader, L"bytes are empty, hex:..., text:... or size:..., not", value);
}

bool read_token(struct reader *reader, const wchar_t *value, struct token *token) {
  token->kind = TOKEN_UNTOUCHED;
  if (wcscmp(value, L"none") == 0) return true;
  if (wcscmp(value, L"echo") == 0) {
    token->kind = TOKEN_ECHO;
    return true;
  }
  token->kind = TOKEN_BYTES;
  return read_bytes(reader, value, &token->bytes);
}

bool read_flags(struct reader *reader, const wchar_t *value, struct granted_flags *flags) {
  memset(flags, 0, sizeof *flags);
  const wchar_t *at = value;
  if (wcsncmp(at, L"requested", 9) == 0) {
    flags->requested = true;
    at += 9;
  } else if (wcsncmp(at, L"none", 4) == 0) {
    at += 4;
  } else {
    wchar_t *end;
    flags->add = wcstoul(at, &end, 0);
    if (end == at)
      return script_error(reader, L"flags are requested, none or a number, then +number or -number, not", value);
    at = end;
  }
  while (*at) {
    wchar_t sign = *at++, *end;
    unsigned long number = wcstoul(at, &end, 0);
    if ((sign != L'+' && sign != L'-') || end == at)
      return script_error(reader, L"flags are requested, none or a number, then +number or -number, not", value);
    *(sign == L'+' ? &flags->add : &flags->remove) |= number;
    at = end;
  }
  return true;
}

bool read_moment(struct reader *reader, const wchar_t *value, struct moment *moment) {
  moment->kind = MOMENT_FIXED;
  SYSTEMTIME time = {0};
  wchar_t *end;
  if (wcscmp(value, L"untouched") == 0) {
    moment->kind = MOMENT_UNTOUCHED;
  } else if (wcscmp(value, L"zero") == 0) {
    moment->value = 0;
  } else if (wcscmp(value, L"never") == 0) {
    moment->value = 0x7FFFFFFFFFFFFFFF;
  } else if (wcscmp(value, L"never-local") == 0) {
    moment->value = 0x7FFFFF36D5969FFF; /* what Kerberos and NTLM give: the last moment, taken to local time */
  } else if (*value == L'+' || *value == L'-') {
    moment->kind = MOMENT_FROM_NOW;
    moment->value = wcstoll(value, &end, 10);
    if (*end) return script_error(reader, L"not a number of seconds", value);
  } else if (swscanf(value, L"%4hu-%2hu-%2huT%2hu:%2hu:%2hu", &time.wYear, &time.wMonth, &time.wDay, &time.wHour,
                     &time.wMinute, &time.wSecond) == 6) {
    FILETIME file;
    if (!SystemTimeToFileTime(&time, &file)) return script_error(reader, L"no such time", value);
    moment->value = (long long)((unsigned long long)file.dwHighDateTime << 32 | file.dwLowDateTime);
  } else {
    moment->value = (long long)wcstoull(value, &end, 0);
    if (end == value || *end)
      return script_error(
          reader,
          L"a time is untouched, zero, never, never-local, +seconds, -seconds, 2030-01-31T23:59:59 or a number, not",
          value);
  }
  return true;
}

void replace_text(wchar_t **text, const wchar_t *value) {
  free(*text);
  *text = copy_of_text(value);
}

bool takes_pause(struct reader *reader, const struct word *word, struct pause *pause, bool *ok) {
  if (key_is(word, L"delay"))
    *ok = read_number(reader, word->value, &pause->delay);
  else if (key_is(word, L"gate"))
    replace_text(&pause->gate, word->value);
  else
    return false;
  return true;
}
