/* What the words of a script stand for: numbers, statuses, bytes, flags, times. Each function returns false, with the
   reader's error set, for a value that is none. */
#ifndef SCRIPTED_VALUES_H
#define SCRIPTED_VALUES_H

#include "script.h"
#include "words.h"

bool read_number(struct reader *reader, const wchar_t *value, unsigned long *number);
bool read_status(struct reader *reader, const wchar_t *value, SECURITY_STATUS *status);
bool read_bytes(struct reader *reader, const wchar_t *value, struct bytes *bytes);
bool read_token(struct reader *reader, const wchar_t *value, struct token *token);
bool read_flags(struct reader *reader, const wchar_t *value, struct granted_flags *flags);
bool read_moment(struct reader *reader, const wchar_t *value, struct moment *moment);
void replace_text(wchar_t **text, const wchar_t *value);

/* True when the word is one of a pause's; whether its value was right is in `ok`. */
bool takes_pause(struct reader *reader, const struct word *word, struct pause *pause, bool *ok);

#endif
