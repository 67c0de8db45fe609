#include "words.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

bool script_error(struct reader *reader, const wchar_t *what, const wchar_t *word) {
  struct text text = {0};
  text_add(&text, L"statement ");
  text_add_number(&text, reader->statement);
  text_add(&text, L": ");
  text_add(&text, what);
  if (word) {
    text_add(&text, L": ");
    text_add(&text, word);
  }
  wcsncpy(reader->error, text.chars, reader->error_size - 1);
  reader->error[reader->error_size - 1] = L'\0';
  text_clear(&text);
  return false;
}

bool unknown_word(struct reader *reader, const struct word *word) {
  return script_error(reader, L"unknown word", *word->key ? word->key : word->value);
}

bool key_is(const struct word *word, const wchar_t *key) { return wcscmp(word->key, key) == 0; }

bool bare_is(const struct word *word, const wchar_t *value) { return !*word->key && wcscmp(word->value, value) == 0; }

void forget_words(struct reader *reader) {
  for (size_t i = 0; i < reader->count; i++) {
    free(reader->words[i].key);
    free(reader->words[i].value);
  }
  reader->count = 0;
}

static bool ends_statement(wchar_t c) { return c == L';' || c == L'\n' || c == L'\0'; }
static bool is_blank(wchar_t c) { return c == L' ' || c == L'\t' || c == L'\r'; }

static bool read_word(struct reader *reader) {
  if (reader->count == MAX_WORDS) return script_error(reader, L"too many words", NULL);
  struct word *word = &reader->words[reader->count++];
  struct text text = {0};
  text_add(&text, L"");
  bool quoted = false;
  word->key = copy_of_text(L"");
  for (; *reader->at && (quoted || (!ends_statement(*reader->at) && !is_blank(*reader->at))); reader->at++) {
    wchar_t unit[2] = {*reader->at, L'\0'};
    if (*unit == L'"' && quoted && reader->at[1] == L'"') {
      reader->at++; /* a doubled quote inside quotes stands for itself */
    } else if (*unit == L'"') {
      quoted = !quoted;
      continue;
    } else if (*unit == L'=' && !quoted && !*word->key) {
      free(word->key);
      word->key = text.chars;
      memset(&text, 0, sizeof text);
      text_add(&text, L"");
      continue;
    }
    text_add(&text, unit);
  }
  word->value = text.chars;
  return quoted ? script_error(reader, L"a quote is not closed", NULL) : true;
}

bool read_statement(struct reader *reader) {
  forget_words(reader);
  while (*reader->at && !reader->count) {
    reader->statement++;
    while (!ends_statement(*reader->at)) {
      if (is_blank(*reader->at)) {
        reader->at++;
      } else if (*reader->at == L'#') {
        while (*reader->at && *reader->at != L'\n') reader->at++;
      } else if (!read_word(reader)) {
        return false;
      }
    }
    if (*reader->at) reader->at++;
  }
  return true;
}
