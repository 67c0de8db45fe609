/* The outer grammar of a script: statements, and the words they are made of. */
#ifndef SCRIPTED_WORDS_H
#define SCRIPTED_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum { MAX_WORDS = 32 };

/* One word of a statement: `key=value`, or a bare word with an empty key. */
struct word {
  wchar_t *key;
  wchar_t *value;
};

/* Walks through a script. `words` are those of the statement it stands at. */
struct reader {
  const wchar_t *at;
  unsigned statement;
  struct word words[MAX_WORDS];
  size_t count;
  wchar_t *error; /* what is wrong with the script, once a function has returned false */
  size_t error_size;
};

/* Goes to the next statement that has any words; at the end of the script `count` is 0. */
bool read_statement(struct reader *reader);
void forget_words(struct reader *reader);

bool key_is(const struct word *word, const wchar_t *key);
bool bare_is(const struct word *word, const wchar_t *value);

/* Both always return false. */
bool script_error(struct reader *reader, const wchar_t *what, const wchar_t *word);
bool unknown_word(struct reader *reader, const struct word *word);

#endif
