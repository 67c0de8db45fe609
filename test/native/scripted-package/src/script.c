#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "status.h"
#include "text.h"

enum { MAX_WORDS = 32 };

/* One word of a statement: `key=value`, or a bare word with an empty key. */
struct word {
  wchar_t *key;
  wchar_t *value;
};

struct reader {
  const wchar_t *at;
  unsigned statement;
  struct word words[MAX_WORDS];
  size_t count;
  wchar_t *error;
  size_t error_size;
};

static bool fail(struct reader *reader, const wchar_t *what, const wchar_t *word) {
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

/* --- words ---------------------------------------------------------------------------------------------------- */

static void forget_words(struct reader *reader) {
  for (size_t i = 0; i < reader->count; i++) {
    free(reader->words[i].key);
    free(reader->words[i].value);
  }
  reader->count = 0;
}

static bool ends_statement(wchar_t c) { return c == L';' || c == L'\n' || c == L'\0'; }
static bool is_blank(wchar_t c) { return c == L' ' || c == L'\t' || c == L'\r'; }

static bool read_word(struct reader *reader) {
  if (reader->count == MAX_WORDS)
    return fail(reader, L"too many words", NULL);
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
  return quoted ? fail(reader, L"a quote is not closed", NULL) : true;
}

/* Reads the words of the next statement that has any; with none left, count is 0. */
static bool read_statement(struct reader *reader) {
  forget_words(reader);
  while (*reader->at && !reader->count) {
    reader->statement++;
    while (!ends_statement(*reader->at)) {
      if (is_blank(*reader->at)) {
        reader->at++;
      } else if (*reader->at == L'#') {
        while (*reader->at && *reader->at != L'\n')
          reader->at++;
      } else if (!read_word(reader)) {
        return false;
      }
    }
    if (*reader->at)
      reader->at++;
  }
  return true;
}

/* --- values --------------------------------------------------------------------------------------------------- */

static bool key_is(const struct word *word, const wchar_t *key) { return wcscmp(word->key, key) == 0; }
static bool bare_is(const struct word *word, const wchar_t *value) {
  return !*word->key && wcscmp(word->value, value) == 0;
}

static bool read_number(struct reader *reader, const wchar_t *value, unsigned long *number) {
  wchar_t *end = NULL;
  unsigned long long read = *value >= L'0' && *value <= L'9' ? wcstoull(value, &end, 0) : 0;
  if (!end || *end || read > 0xFFFFFFFF)
    return fail(reader, L"not a number of 32 bits", value);
  *number = (unsigned long)read;
  return true;
}

static bool read_status(struct reader *reader, const wchar_t *value, SECURITY_STATUS *status) {
  return status_from_text(value, status) || fail(reader, L"unknown status", value);
}

static bool read_hex(struct reader *reader, const wchar_t *value, struct bytes *bytes) {
  size_t digits = wcslen(value);
  bytes->length = digits / 2;
  bytes->at = allocate(bytes->length);
  for (size_t i = 0; i < digits; i++) {
    wchar_t c = value[i] | 0x20;
    int nibble = c >= L'0' && c <= L'9' ? c - L'0' : c >= L'a' && c <= L'f' ? c - L'a' + 10 : -1;
    if (nibble < 0 || digits % 2)
      return fail(reader, L"not whole bytes in hexadecimal", value);
    bytes->at[i / 2] = (unsigned char)(bytes->at[i / 2] << 4 | nibble);
  }
  return true;
}

static bool read_bytes(struct reader *reader, const wchar_t *value, struct bytes *bytes) {
  free(bytes->at);
  memset(bytes, 0, sizeof *bytes);
  if (wcscmp(value, L"empty") == 0) {
    bytes->at = allocate(0);
    return true;
  }
  if (wcsncmp(value, L"hex:", 4) == 0)
    return read_hex(reader, value + 4, bytes);
  if (wcsncmp(value, L"text:", 5) == 0) {
    int length = (int)wcslen(value + 5);
    int size = length ? WideCharToMultiByte(CP_UTF8, 0, value + 5, length, NULL, 0, NULL, NULL) : 0;
    bytes->at = allocate((size_t)size);
    bytes->length = (size_t)size;
    if (size)
      WideCharToMultiByte(CP_UTF8, 0, value + 5, length, (char *)bytes->at, size, NULL, NULL);
    return true;
  }
  if (wcsncmp(value, L"size:", 5) == 0) {
    unsigned long size;
    if (!read_number(reader, value + 5, &size))
      return false;
    if (size > 64 * 1024 * 1024)
      return fail(reader, L"more than 64 MiB", value);
    bytes->at = allocate(size);
    bytes->length = size;
    for (size_t i = 0; i < size; i++)
      bytes->at[i] = (unsigned char)(i % 251);
    return true;
  }
  return fail(reader, L"bytes are empty, hex:…, text:… or size:…, not", value);
}

static bool read_token(struct reader *reader, const wchar_t *value, struct token *token) {
  token->kind = TOKEN_UNTOUCHED;
  if (wcscmp(value, L"none") == 0)
    return true;
  if (wcscmp(value, L"echo") == 0) {
    token->kind = TOKEN_ECHO;
    return true;
  }
  token->kind = TOKEN_BYTES;
  return read_bytes(reader, value, &token->bytes);
}

static bool read_flags(struct reader *reader, const wchar_t *value, struct granted_flags *flags) {
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
      return fail(reader, L"flags are requested, none or a number, then +number or -number, not", value);
    at = end;
  }
  while (*at) {
    wchar_t sign = *at++, *end;
    unsigned long number = wcstoul(at, &end, 0);
    if ((sign != L'+' && sign != L'-') || end == at)
      return fail(reader, L"flags are requested, none or a number, then +number or -number, not", value);
    *(sign == L'+' ? &flags->add : &flags->remove) |= number;
    at = end;
  }
  return true;
}

static bool read_moment(struct reader *reader, const wchar_t *value, struct moment *moment) {
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
    if (*end)
      return fail(reader, L"not a number of seconds", value);
  } else if (swscanf(value, L"%4hu-%2hu-%2huT%2hu:%2hu:%2hu", &time.wYear, &time.wMonth, &time.wDay, &time.wHour,
                     &time.wMinute, &time.wSecond) == 6) {
    FILETIME file;
    if (!SystemTimeToFileTime(&time, &file))
      return fail(reader, L"no such time", value);
    moment->value = (long long)((unsigned long long)file.dwHighDateTime << 32 | file.dwLowDateTime);
  } else {
    moment->value = (long long)wcstoull(value, &end, 0);
    if (end == value || *end)
      return fail(reader, L"a time is untouched, zero, never, never-local, ±seconds, 2030-01-31T23:59:59 or a number, not",
                  value);
  }
  return true;
}

static void replace_text(wchar_t **text, const wchar_t *value) {
  free(*text);
  *text = copy_of_text(value);
}

/* True when the word is one of a pause's; what went wrong is in `ok`. */
static bool takes_pause(struct reader *reader, const struct word *word, struct pause *pause, bool *ok) {
  if (key_is(word, L"delay"))
    *ok = read_number(reader, word->value, &pause->delay);
  else if (key_is(word, L"gate"))
    replace_text(&pause->gate, word->value);
  else
    return false;
  return true;
}

static bool unknown_word(struct reader *reader, const struct word *word) {
  return fail(reader, L"unknown word", *word->key ? word->key : word->value);
}

/* --- statements ----------------------------------------------------------------------------------------------- */

static void *grow(void *array, size_t count, size_t size) {
  array = realloc(array, (count + 1) * size);
  if (!array)
    abort();
  memset((char *)array + count * size, 0, size);
  return array;
}

static bool takes_completion(struct reader *reader, const struct word *word, struct completion *completion, bool *ok) {
  if (key_is(word, L"complete"))
    *ok = read_status(reader, word->value, &completion->status);
  else if (key_is(word, L"completetoken"))
    *ok = read_token(reader, word->value, &completion->token);
  else if (key_is(word, L"completedelay"))
    *ok = read_number(reader, word->value, &completion->pause.delay);
  else if (key_is(word, L"completegate"))
    replace_text(&completion->pause.gate, word->value);
  else
    return false;
  return true;
}

static bool read_leg_word(struct reader *reader, const struct word *word, struct leg *leg) {
  bool ok = true;
  if (takes_pause(reader, word, &leg->pause, &ok) || takes_completion(reader, word, &leg->completion, &ok))
    return ok;
  if (key_is(word, L"token"))
    return read_token(reader, word->value, &leg->token);
  if (key_is(word, L"alert"))
    return read_token(reader, word->value, &leg->alert);
  if (key_is(word, L"scribble"))
    return read_token(reader, word->value, &leg->scribble);
  if (key_is(word, L"expect"))
    return leg->has_expect = true, read_bytes(reader, word->value, &leg->expect);
  if (key_is(word, L"flags"))
    return read_flags(reader, word->value, &leg->flags);
  if (key_is(word, L"expiry"))
    return read_moment(reader, word->value, &leg->expiry);
  if (key_is(word, L"extra"))
    return leg->has_extra = true, read_number(reader, word->value, &leg->extra);
  if (key_is(word, L"missing"))
    return leg->has_missing = true, read_number(reader, word->value, &leg->missing);
  if (key_is(word, L"type"))
    return read_number(reader, word->value, &leg->output_type);
  if (key_is(word, L"inputtype"))
    return read_number(reader, word->value, &leg->input_type);
  if (bare_is(word, L"wild"))
    return leg->wild_pointer = true;
  if (bare_is(word, L"rotate"))
    return leg->rotate = true;
  if (bare_is(word, L"keep"))
    return leg->keep = true;
  return unknown_word(reader, word);
}

static bool read_leg(struct reader *reader, struct script *script, unsigned roles) {
  if (reader->count < 2 || *reader->words[1].key)
    return fail(reader, L"a leg starts with its status", NULL);
  script->legs = grow(script->legs, script->leg_count, sizeof *script->legs);
  struct leg *leg = &script->legs[script->leg_count++];
  leg->roles = roles;
  leg->flags.requested = true;
  leg->expiry.kind = MOMENT_FIXED;
  leg->expiry.value = 0x7FFFFFFFFFFFFFFF;
  if (!read_status(reader, reader->words[1].value, &leg->status))
    return false;
  for (size_t i = 2; i < reader->count; i++) {
    if (!read_leg_word(reader, &reader->words[i], leg))
      return false;
  }
  return true;
}

static bool read_message_rule(struct reader *reader, struct script *script, enum message_call call) {
  script->messages[call] = grow(script->messages[call], script->message_counts[call], sizeof(struct message_rule));
  struct message_rule *rule = &script->messages[call][script->message_counts[call]++];
  rule->times = 1;
  rule->token = 32;
  for (size_t i = 1; i < reader->count; i++) {
    const struct word *word = &reader->words[i];
    bool ok = true;
    if (takes_pause(reader, word, &rule->pause, &ok)) {
    } else if (key_is(word, L"times")) {
      ok = read_number(reader, word->value, &rule->times);
    } else if (key_is(word, L"token") && (call == ENCRYPT || call == SIGN)) {
      ok = read_number(reader, word->value, &rule->token);
      if (ok && (rule->token < 24 || rule->token > 0xFFFF))
        ok = fail(reader, L"a message token has 24 to 65535 bytes, not", word->value);
    } else if (key_is(word, L"padding") && call == ENCRYPT) {
      ok = read_number(reader, word->value, &rule->padding);
      if (ok && rule->padding > 0xFFFF)
        ok = fail(reader, L"padding has 0 to 65535 bytes, not", word->value);
    } else if (key_is(word, L"qop") && (call == DECRYPT || call == VERIFY)) {
      rule->qop_untouched = wcscmp(word->value, L"untouched") == 0;
      rule->has_qop = true;
      ok = rule->qop_untouched || read_number(reader, word->value, &rule->qop);
    } else if (key_is(word, L"stream") && call == DECRYPT) {
      rule->refuse_stream = wcscmp(word->value, L"off") == 0;
      ok = rule->refuse_stream || wcscmp(word->value, L"on") == 0 || unknown_word(reader, word);
    } else if (!*word->key) {
      ok = read_status(reader, word->value, &rule->status);
    } else {
      ok = unknown_word(reader, word);
    }
    if (!ok)
      return false;
  }
  return true;
}

static bool read_answer(struct reader *reader, struct answer *answer, struct moment *expiry) {
  for (size_t i = 1; i < reader->count; i++) {
    const struct word *word = &reader->words[i];
    bool ok = true;
    if (takes_pause(reader, word, &answer->pause, &ok)) {
    } else if (expiry && key_is(word, L"expiry")) {
      ok = read_moment(reader, word->value, expiry);
    } else if (!*word->key) {
      ok = read_status(reader, word->value, &answer->status);
    } else {
      ok = unknown_word(reader, word);
    }
    if (!ok)
      return false;
  }
  return true;
}

static const struct attribute_syntax {
  const wchar_t *name;
  unsigned long number;
  const wchar_t *texts[2];
  const wchar_t *numbers[5];
  unsigned long defaults[5];
} attribute_syntaxes[] = {
    {L"sizes",
     SECPKG_ATTR_SIZES,
     {NULL, NULL},
     {L"maxtoken", L"signature", L"block", L"trailer", NULL},
     {12000, 32, 1, 32, 0}},
    {L"names", SECPKG_ATTR_NAMES, {L"name", NULL}, {NULL}, {0}},
    {L"lifespan", SECPKG_ATTR_LIFESPAN, {NULL, NULL}, {NULL}, {0}},
    {L"streamsizes",
     SECPKG_ATTR_STREAM_SIZES,
     {NULL, NULL},
     {L"header", L"trailer", L"message", L"buffers", L"block"},
     {32, 32, 16384, 4, 1}},
    {L"sessionkey", SECPKG_ATTR_SESSION_KEY, {NULL, NULL}, {NULL}, {0}},
    {L"packageinfo",
     SECPKG_ATTR_PACKAGE_INFO,
     {L"name", L"comment"},
     {L"capabilities", L"version", L"rpcid", L"maxtoken", NULL},
     {0, 1, 0xFFFF, 12000, 0}},
    {L"negotiationinfo",
     SECPKG_ATTR_NEGOTIATION_INFO,
     {L"name", L"comment"},
     {L"capabilities", L"version", L"rpcid", L"maxtoken", L"state"},
     {0, 1, 0xFFFF, 12000, SECPKG_NEGOTIATION_COMPLETE}},
    {L"nativenames", SECPKG_ATTR_NATIVE_NAMES, {L"client", L"server"}, {NULL}, {0}},
    {L"flags", SECPKG_ATTR_FLAGS, {NULL, NULL}, {L"flags", NULL}, {0}},
    {L"accesstoken", SECPKG_ATTR_ACCESS_TOKEN, {NULL, NULL}, {NULL}, {0}},
};

static bool takes_text(const struct attribute_syntax *syntax, const struct word *word, struct attribute *attribute) {
  for (size_t i = 0; i < 2; i++) {
    if (syntax->texts[i] && key_is(word, syntax->texts[i])) {
      replace_text(i ? &attribute->second_text : &attribute->first_text, word->value);
      return true;
    }
  }
  return false;
}

static bool takes_number(struct reader *reader, const struct attribute_syntax *syntax, const struct word *word,
                         struct attribute *attribute, bool *ok) {
  for (size_t i = 0; i < 5 && syntax->numbers[i]; i++) {
    if (key_is(word, syntax->numbers[i])) {
      *ok = read_number(reader, word->value, &attribute->numbers[i]);
      return true;
    }
  }
  return false;
}

static bool read_attribute_word(struct reader *reader, const struct attribute_syntax *syntax, const struct word *word,
                                struct attribute *attribute) {
  bool ok = true;
  if (takes_pause(reader, word, &attribute->pause, &ok))
    return ok;
  if (syntax && (takes_text(syntax, word, attribute) || takes_number(reader, syntax, word, attribute, &ok)))
    return ok;
  if (attribute->number == SECPKG_ATTR_SESSION_KEY && key_is(word, L"key"))
    return read_bytes(reader, word->value, &attribute->key);
  if (attribute->number == SECPKG_ATTR_LIFESPAN && key_is(word, L"start"))
    return read_moment(reader, word->value, &attribute->start);
  if (attribute->number == SECPKG_ATTR_LIFESPAN && key_is(word, L"expiry"))
    return read_moment(reader, word->value, &attribute->expiry);
  if (attribute->number == SECPKG_ATTR_NEGOTIATION_INFO && bare_is(word, L"absent"))
    return attribute->absent = true;
  if (!*word->key)
    return read_status(reader, word->value, &attribute->status);
  return unknown_word(reader, word);
}

static bool read_attribute(struct reader *reader, struct script *script) {
  if (reader->count < 2 || *reader->words[1].key)
    return fail(reader, L"attr needs an attribute's name or number", NULL);
  const wchar_t *name = reader->words[1].value;
  const struct attribute_syntax *syntax = NULL;
  for (size_t i = 0; i < sizeof attribute_syntaxes / sizeof *attribute_syntaxes && !syntax; i++) {
    if (wcscmp(attribute_syntaxes[i].name, name) == 0)
      syntax = &attribute_syntaxes[i];
  }
  script->attributes = grow(script->attributes, script->attribute_count, sizeof *script->attributes);
  struct attribute *attribute = &script->attributes[script->attribute_count++];
  if (syntax) {
    attribute->number = syntax->number;
    memcpy(attribute->numbers, syntax->defaults, sizeof attribute->numbers);
    attribute->start.kind = attribute->expiry.kind = MOMENT_FIXED;
    attribute->expiry.value = 0x7FFFFFFFFFFFFFFF;
  } else {
    attribute->status = SEC_E_UNSUPPORTED_FUNCTION; /* nothing else is known about it */
    if (!read_number(reader, name, &attribute->number))
      return false;
  }
  for (size_t i = 2; i < reader->count; i++) {
    if (!read_attribute_word(reader, syntax, &reader->words[i], attribute))
      return false;
  }
  return true;
}

static bool read_name(struct reader *reader, struct script *script) {
  if (reader->count != 2)
    return fail(reader, L"name needs one name or status", NULL);
  if (!status_from_text(reader->words[1].value, &script->name_status))
    replace_text(&script->name, reader->words[1].value);
  return true;
}

static bool read_journal(struct reader *reader, struct script *script) {
  script->purpose = READS_JOURNAL;
  for (size_t i = 1; i < reader->count; i++) {
    const struct word *word = &reader->words[i];
    if (bare_is(word, L"clear"))
      script->clear_journal = true;
    else if (bare_is(word, L"summary"))
      script->without_calls = true;
    else if (key_is(word, L"tag"))
      replace_text(&script->filter, word->value);
    else
      return unknown_word(reader, word);
  }
  return true;
}

static bool read_gate(struct reader *reader, struct script *script, bool open) {
  if (reader->count != 2)
    return fail(reader, L"a gate has one name", NULL);
  script->purpose = WORKS_GATE;
  script->open_gate = open;
  replace_text(&script->gate, reader->words[1].value);
  return true;
}

static bool interpret_statement(struct reader *reader, struct script *script) {
  const struct word *verb = &reader->words[0];
  if (bare_is(verb, L"leg"))
    return read_leg(reader, script, INITIATOR | ACCEPTOR);
  if (bare_is(verb, L"isc"))
    return read_leg(reader, script, INITIATOR);
  if (bare_is(verb, L"asc"))
    return read_leg(reader, script, ACCEPTOR);
  if (bare_is(verb, L"attr"))
    return read_attribute(reader, script);
  if (bare_is(verb, L"encrypt"))
    return read_message_rule(reader, script, ENCRYPT);
  if (bare_is(verb, L"decrypt"))
    return read_message_rule(reader, script, DECRYPT);
  if (bare_is(verb, L"sign"))
    return read_message_rule(reader, script, SIGN);
  if (bare_is(verb, L"verify"))
    return read_message_rule(reader, script, VERIFY);
  if (bare_is(verb, L"acquire"))
    return read_answer(reader, &script->acquire, &script->credential_expiry);
  if (bare_is(verb, L"free"))
    return read_answer(reader, &script->free, NULL);
  if (bare_is(verb, L"delete"))
    return read_answer(reader, &script->remove, NULL);
  if (bare_is(verb, L"impersonate"))
    return read_answer(reader, &script->impersonate, NULL);
  if (bare_is(verb, L"revert"))
    return read_answer(reader, &script->revert, NULL);
  if (bare_is(verb, L"accesstoken"))
    return read_answer(reader, &script->access_token, NULL);
  if (bare_is(verb, L"control"))
    return read_answer(reader, &script->control, NULL);
  if (bare_is(verb, L"name"))
    return read_name(reader, script);
  if (bare_is(verb, L"tag") && reader->count == 2)
    return replace_text(&script->tag, reader->words[1].value), true;
  if (bare_is(verb, L"journal"))
    return read_journal(reader, script);
  if (bare_is(verb, L"open"))
    return read_gate(reader, script, true);
  if (bare_is(verb, L"shut"))
    return read_gate(reader, script, false);
  return fail(reader, L"unknown statement", *verb->key ? verb->key : verb->value);
}

static bool read_all(struct reader *reader, struct script *script) {
  while (read_statement(reader)) {
    if (!reader->count)
      return true;
    if (!interpret_statement(reader, script))
      return false;
  }
  return false;
}

/* What a credential without legs plays: two peers who trust each other at once. */
static const wchar_t default_legs[] = L"isc SEC_I_CONTINUE_NEEDED token=text:C1\n"
                                      L"asc SEC_E_OK token=text:S1 expect=text:C1\n"
                                      L"isc SEC_E_OK expect=text:S1";

struct script *script_read(const wchar_t *source, wchar_t *error, size_t error_size) {
  struct reader reader = {.at = source ? source : L"", .error = error, .error_size = error_size};
  struct script *script = allocate(sizeof *script);
  script->credential_expiry.kind = MOMENT_FIXED;
  script->credential_expiry.value = 0x7FFFFFFFFFFFFFFF;
  bool ok = read_all(&reader, script);
  if (ok && !script->leg_count) {
    reader.at = default_legs;
    ok = read_all(&reader, script);
  }
  forget_words(&reader);
  if (ok)
    return script;
  script_free(script);
  return NULL;
}

static void forget_leg(struct leg *leg) {
  free(leg->pause.gate);
  free(leg->token.bytes.at);
  free(leg->alert.bytes.at);
  free(leg->scribble.bytes.at);
  free(leg->expect.at);
  free(leg->completion.pause.gate);
  free(leg->completion.token.bytes.at);
}

void script_free(struct script *script) {
  for (size_t i = 0; i < script->leg_count; i++)
    forget_leg(&script->legs[i]);
  free(script->legs);
  for (int call = 0; call < MESSAGE_CALLS; call++) {
    for (size_t i = 0; i < script->message_counts[call]; i++)
      free(script->messages[call][i].pause.gate);
    free(script->messages[call]);
  }
  for (size_t i = 0; i < script->attribute_count; i++) {
    struct attribute *attribute = &script->attributes[i];
    free(attribute->pause.gate);
    free(attribute->first_text);
    free(attribute->second_text);
    free(attribute->key.at);
  }
  free(script->attributes);
  struct answer *answers[] = {&script->acquire,     &script->free,   &script->remove, &script->impersonate,
                              &script->access_token, &script->revert, &script->control};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    free(answers[i]->pause.gate);
  free(script->tag);
  free(script->name);
  free(script->filter);
  free(script->gate);
  free(script);
}

/* --- look-ups ------------------------------------------------------------------------------------------------- */

const struct leg *script_leg(const struct script *script, enum role role, size_t index) {
  for (size_t i = 0; i < script->leg_count; i++) {
    if (script->legs[i].roles & role && index-- == 0)
      return &script->legs[i];
  }
  return NULL;
}

const struct message_rule *script_message(const struct script *script, enum message_call call, size_t index) {
  static const struct message_rule plain = {.times = 1, .token = 32};
  size_t count = script->message_counts[call];
  for (size_t i = 0; i < count; i++) {
    const struct message_rule *rule = &script->messages[call][i];
    if (index < rule->times || i + 1 == count)
      return rule;
    index -= rule->times;
  }
  return &plain;
}

const struct attribute *script_attribute(const struct script *script, unsigned long number) {
  for (size_t i = script->attribute_count; i-- > 0;) {
    if (script->attributes[i].number == number)
      return &script->attributes[i];
  }
  return NULL;
}

void moment_write(const struct moment *moment, TimeStamp *time) {
  long long value = moment->value;
  if (!time || moment->kind == MOMENT_UNTOUCHED)
    return;
  if (moment->kind == MOMENT_FROM_NOW) {
    FILETIME now, local;
    GetSystemTimeAsFileTime(&now);
    FileTimeToLocalFileTime(&now, &local);
    value = (long long)((unsigned long long)local.dwHighDateTime << 32 | local.dwLowDateTime) + value * 10000000;
  }
  time->LowPart = (unsigned long)value;
  time->HighPart = (long)(value >> 32);
}
