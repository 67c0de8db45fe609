/* The statements of a script. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "script.h"
#include "status.h"
#include "text.h"
#include "values.h"
#include "words.h"

static void *grow(void *array, size_t count, size_t size) {
  array = realloc(array, (count + 1) * size);
  if (!array) abort();
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
  if (takes_pause(reader, word, &leg->pause, &ok) || takes_completion(reader, word, &leg->completion, &ok)) return ok;
  if (key_is(word, L"token")) return read_token(reader, word->value, &leg->token);
  if (key_is(word, L"alert")) return read_token(reader, word->value, &leg->alert);
  if (key_is(word, L"scribble")) return read_token(reader, word->value, &leg->scribble);
  if (key_is(word, L"expect")) return leg->has_expect = read_bytes(reader, word->value, &leg->expect);
  if (key_is(word, L"flags")) return read_flags(reader, word->value, &leg->flags);
  if (key_is(word, L"expiry")) return read_moment(reader, word->value, &leg->expiry);
  if (key_is(word, L"extra")) return leg->has_extra = read_number(reader, word->value, &leg->extra);
  if (key_is(word, L"bindingsresult"))
    return leg->has_bindings_result = read_number(reader, word->value, &leg->bindings_result);
  if (key_is(word, L"missing")) return leg->has_missing = read_number(reader, word->value, &leg->missing);
  if (key_is(word, L"type")) return read_number(reader, word->value, &leg->output_type);
  if (key_is(word, L"inputtype")) return read_number(reader, word->value, &leg->input_type);
  if (bare_is(word, L"wild")) return leg->wild_pointer = true;
  if (bare_is(word, L"rotate")) return leg->rotate = true;
  if (bare_is(word, L"keep")) return leg->keep = true;
  return unknown_word(reader, word);
}

static bool read_leg(struct reader *reader, struct script *script, unsigned roles) {
  if (reader->count < 2 || *reader->words[1].key) return script_error(reader, L"a leg starts with its status", NULL);
  script->legs = grow(script->legs, script->leg_count, sizeof *script->legs);
  struct leg *leg = &script->legs[script->leg_count++];
  leg->roles = roles;
  leg->flags.requested = true;
  leg->expiry.kind = MOMENT_FIXED;
  leg->expiry.value = 0x7FFFFFFFFFFFFFFF;
  if (!read_status(reader, reader->words[1].value, &leg->status)) return false;
  for (size_t i = 2; i < reader->count; i++) {
    if (!read_leg_word(reader, &reader->words[i], leg)) return false;
  }
  return true;
}

static bool read_length(struct reader *reader, const struct word *word, unsigned long least, unsigned long *length) {
  if (!read_number(reader, word->value, length)) return false;
  return (*length >= least && *length <= 0xFFFF) || script_error(reader, L"out of range", word->value);
}

static bool read_message_word(struct reader *reader, const struct word *word, enum message_call call,
                              struct message_rule *rule) {
  bool ok = true;
  bool sends = call == ENCRYPT || call == SIGN;
  if (takes_pause(reader, word, &rule->pause, &ok)) return ok;
  if (key_is(word, L"times")) return read_number(reader, word->value, &rule->times);
  if (key_is(word, L"token") && sends) return read_length(reader, word, MIN_MESSAGE_TOKEN, &rule->token);
  if (key_is(word, L"padding") && call == ENCRYPT) return read_length(reader, word, 0, &rule->padding);
  if (key_is(word, L"qop") && !sends) {
    rule->qop_untouched = wcscmp(word->value, L"untouched") == 0;
    rule->has_qop = !rule->qop_untouched;
    return rule->qop_untouched || read_number(reader, word->value, &rule->qop);
  }
  if (key_is(word, L"stream") && call == DECRYPT) {
    rule->refuse_stream = wcscmp(word->value, L"off") == 0;
    return rule->refuse_stream || wcscmp(word->value, L"on") == 0 || unknown_word(reader, word);
  }
  return *word->key ? unknown_word(reader, word) : read_status(reader, word->value, &rule->status);
}

static bool read_message_rule(struct reader *reader, struct script *script, enum message_call call) {
  script->messages[call] = grow(script->messages[call], script->message_counts[call], sizeof(struct message_rule));
  struct message_rule *rule = &script->messages[call][script->message_counts[call]++];
  *rule = plain_message;
  for (size_t i = 1; i < reader->count; i++) {
    if (!read_message_word(reader, &reader->words[i], call, rule)) return false;
  }
  return true;
}

static bool read_answer_word(struct reader *reader, const struct word *word, struct script *script,
                             struct answer *answer) {
  bool ok = true;
  if (takes_pause(reader, word, &answer->pause, &ok)) return ok;
  if (answer == &script->acquire && key_is(word, L"expiry"))
    return read_moment(reader, word->value, &script->credential_expiry);
  if (*word->key) return unknown_word(reader, word);
  if (status_from_text(word->value, &answer->status)) return true;
  if (answer != &script->query_name) return script_error(reader, L"unknown status", word->value);
  replace_text(&script->name, word->value);
  return true;
}

static bool read_answer(struct reader *reader, struct script *script, struct answer *answer) {
  for (size_t i = 1; i < reader->count; i++) {
    if (!read_answer_word(reader, &reader->words[i], script, answer)) return false;
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
    {L"dceinfo", SECPKG_ATTR_DCE_INFO, {L"pac", NULL}, {L"service", NULL}, {1, 0, 0, 0, 0}},
    {L"keyinfo",
     SECPKG_ATTR_KEY_INFO,
     {L"signature", L"encryption"},
     {L"size", L"signatureid", L"encryptionid", NULL},
     {256, 1, 2, 0, 0}},
    {L"authority", SECPKG_ATTR_AUTHORITY, {L"name", NULL}, {NULL}, {0}},
    {L"protoinfo", SECPKG_ATTR_PROTO_INFO, {L"name", NULL}, {L"major", L"minor", NULL}, {1, 2, 0, 0, 0}},
    {L"passwordexpiry", SECPKG_ATTR_PASSWORD_EXPIRY, {NULL, NULL}, {NULL}, {0}},
    {L"userflags", SECPKG_ATTR_USER_FLAGS, {NULL, NULL}, {L"flags", NULL}, {0}},
    {L"credentialname", SECPKG_ATTR_CREDENTIAL_NAME, {L"name", NULL}, {L"type", NULL}, {0}},
    {L"targetinformation", SECPKG_ATTR_TARGET_INFORMATION, {NULL, NULL}, {NULL}, {0}},
    {L"target", SECPKG_ATTR_TARGET, {NULL, NULL}, {NULL}, {0}},
    {L"authenticationid", SECPKG_ATTR_AUTHENTICATION_ID, {NULL, NULL}, {NULL}, {0}},
    {L"logofftime", SECPKG_ATTR_LOGOFF_TIME, {NULL, NULL}, {NULL}, {0}},
    {L"negokeys", SECPKG_ATTR_NEGO_KEYS, {NULL, NULL}, {L"type", L"verifytype", NULL}, {17, 18, 0, 0, 0}},
    {L"promptingneeded", SECPKG_ATTR_PROMPTING_NEEDED, {NULL, NULL}, {L"class", L"needed", NULL}, {0}},
    {L"uniquebindings", SECPKG_ATTR_UNIQUE_BINDINGS, {NULL, NULL}, {NULL}, {0}},
    {L"endpointbindings", SECPKG_ATTR_ENDPOINT_BINDINGS, {NULL, NULL}, {NULL}, {0}},
    {L"clientspecifiedtarget", SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, {L"name", NULL}, {NULL}, {0}},
    {L"lastclienttokenstatus", SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, {NULL, NULL}, {L"status", NULL}, {0}},
    {L"negopackageinfo", SECPKG_ATTR_NEGO_PKG_INFO, {NULL, NULL}, {L"mask", NULL}, {0}},
    {L"negostatus", SECPKG_ATTR_NEGO_STATUS, {NULL, NULL}, {L"last", NULL}, {0}},
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
      attribute->has_numbers = true;
      return true;
    }
  }
  return false;
}

static bool gives_bytes(unsigned long number) {
  return number == SECPKG_ATTR_SESSION_KEY || number == SECPKG_ATTR_TARGET_INFORMATION ||
         number == SECPKG_ATTR_TARGET || number == SECPKG_ATTR_AUTHENTICATION_ID || number == SECPKG_ATTR_NEGO_KEYS ||
         number == SECPKG_ATTR_UNIQUE_BINDINGS || number == SECPKG_ATTR_ENDPOINT_BINDINGS;
}

static bool gives_expiry(unsigned long number) {
  return number == SECPKG_ATTR_LIFESPAN || number == SECPKG_ATTR_PASSWORD_EXPIRY || number == SECPKG_ATTR_LOGOFF_TIME;
}

static bool read_attribute_word(struct reader *reader, const struct attribute_syntax *syntax, const struct word *word,
                                struct attribute *attribute) {
  bool ok = true;
  if (takes_pause(reader, word, &attribute->pause, &ok)) return ok;
  if (syntax && (takes_text(syntax, word, attribute) || takes_number(reader, syntax, word, attribute, &ok))) return ok;
  if (syntax && gives_bytes(attribute->number) && key_is(word, L"key"))
    return read_bytes(reader, word->value, &attribute->key);
  if (attribute->number == SECPKG_ATTR_LIFESPAN && key_is(word, L"start"))
    return read_moment(reader, word->value, &attribute->start);
  if (syntax && gives_expiry(attribute->number) && key_is(word, L"expiry"))
    return read_moment(reader, word->value, &attribute->expiry);
  if (syntax && bare_is(word, L"absent")) return attribute->absent = true;
  if (!*word->key) return read_status(reader, word->value, &attribute->status);
  return unknown_word(reader, word);
}

static bool read_attribute(struct reader *reader, struct script *script) {
  if (reader->count < 2 || *reader->words[1].key)
    return script_error(reader, L"attr needs an attribute's name or number", NULL);
  const wchar_t *name = reader->words[1].value;
  const struct attribute_syntax *syntax = NULL;
  for (size_t i = 0; i < sizeof attribute_syntaxes / sizeof *attribute_syntaxes && !syntax; i++) {
    if (wcscmp(attribute_syntaxes[i].name, name) == 0) syntax = &attribute_syntaxes[i];
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
    if (!read_number(reader, name, &attribute->number)) return false;
  }
  for (size_t i = 2; i < reader->count; i++) {
    if (!read_attribute_word(reader, syntax, &reader->words[i], attribute)) return false;
  }
  return true;
}

static bool read_journal(struct reader *reader, struct script *script) {
  script->purpose = READS_JOURNAL;
  for (size_t i = 1; i < reader->count; i++) {
    const struct word *word = &reader->words[i];
    if (bare_is(word, L"clear"))
      script->clear_journal = true;
    else if (bare_is(word, L"off"))
      script->stop_journal = true;
    else if (bare_is(word, L"summary"))
      script->without_calls = true;
    else if (key_is(word, L"tag"))
      replace_text(&script->filter, word->value);
    else
      return unknown_word(reader, word);
  }
  return true;
}

static bool add_name(struct names *names, const wchar_t *name) {
  names->at = grow(names->at, names->count, sizeof *names->at);
  names->at[names->count++] = copy_of_text(name);
  return true;
}

static bool read_bad_token(struct client *client, const wchar_t *name) {
  static const wchar_t *const names[] = {NULL, L"closed", L"event", L"null", L"unreadable"};
  for (int kind = TOKEN_CLOSED; kind <= TOKEN_UNREADABLE; kind++) {
    if (wcscmp(name, names[kind]) != 0) continue;
    client->bad_token = (enum bad_token)kind;
    return true;
  }
  return false;
}

static bool read_client(struct reader *reader, struct client *client) {
  static const wchar_t *const levels[] = {L"anonymous", L"identification", L"impersonation", L"delegation"};
  for (size_t i = 1; i < reader->count; i++) {
    const struct word *word = &reader->words[i];
    bool known = true;
    if (key_is(word, L"deny"))
      add_name(&client->deny, word->value);
    else if (key_is(word, L"restrict"))
      add_name(&client->restrict_to, word->value);
    else if (key_is(word, L"enable"))
      add_name(&client->enable, word->value);
    else if (key_is(word, L"disable"))
      add_name(&client->disable, word->value);
    else if (key_is(word, L"token"))
      known = read_bad_token(client, word->value);
    else if (key_is(word, L"groups"))
      known = read_number(reader, word->value, &client->more_groups);
    else if (bare_is(word, L"primary"))
      client->primary = true;
    else if (bare_is(word, L"withoutprivileges"))
      client->without_privileges = true;
    else
      known = false;
    for (int level = 0; level < 4 && !known; level++) {
      if (!bare_is(word, levels[level])) continue;
      client->level = (SECURITY_IMPERSONATION_LEVEL)level;
      known = true;
    }
    if (!known) return unknown_word(reader, word);
  }
  return true;
}

/* `tag` and the gates: one word, and nothing else. */
static bool read_only_word(struct reader *reader, wchar_t **text) {
  if (reader->count != 2 || *reader->words[1].key) return script_error(reader, L"one name is needed", NULL);
  replace_text(text, reader->words[1].value);
  return true;
}

static bool read_gate(struct reader *reader, struct script *script, bool open) {
  script->purpose = WORKS_GATE;
  script->open_gate = open;
  return read_only_word(reader, &script->gate);
}

static const struct {
  const wchar_t *verb;
  unsigned roles;
} leg_verbs[] = {{L"isc", INITIATOR}, {L"asc", ACCEPTOR}, {L"leg", INITIATOR | ACCEPTOR}};

static const wchar_t *const message_verbs[MESSAGE_CALLS] = {
    [ENCRYPT] = L"encrypt", [DECRYPT] = L"decrypt", [SIGN] = L"sign", [VERIFY] = L"verify"};

static const struct {
  const wchar_t *verb;
  size_t offset;
} answer_verbs[] = {
    {L"acquire", offsetof(struct script, acquire)},          {L"free", offsetof(struct script, free)},
    {L"name", offsetof(struct script, query_name)},          {L"delete", offsetof(struct script, remove)},
    {L"impersonate", offsetof(struct script, impersonate)},  {L"revert", offsetof(struct script, revert)},
    {L"accesstoken", offsetof(struct script, access_token)}, {L"control", offsetof(struct script, control)}};

static bool interpret_statement(struct reader *reader, struct script *script) {
  const struct word *verb = &reader->words[0];
  for (size_t i = 0; i < sizeof leg_verbs / sizeof *leg_verbs; i++) {
    if (bare_is(verb, leg_verbs[i].verb)) return read_leg(reader, script, leg_verbs[i].roles);
  }
  for (int call = 0; call < MESSAGE_CALLS; call++) {
    if (bare_is(verb, message_verbs[call])) return read_message_rule(reader, script, (enum message_call)call);
  }
  for (size_t i = 0; i < sizeof answer_verbs / sizeof *answer_verbs; i++) {
    struct answer *answer = (void *)((char *)script + answer_verbs[i].offset);
    if (bare_is(verb, answer_verbs[i].verb)) return read_answer(reader, script, answer);
  }
  if (bare_is(verb, L"attr")) return read_attribute(reader, script);
  if (bare_is(verb, L"client")) return read_client(reader, &script->client);
  if (bare_is(verb, L"tag")) return read_only_word(reader, &script->tag);
  if (bare_is(verb, L"journal")) return read_journal(reader, script);
  if (bare_is(verb, L"open")) return read_gate(reader, script, true);
  if (bare_is(verb, L"shut")) return read_gate(reader, script, false);
  return script_error(reader, L"unknown statement", *verb->key ? verb->key : verb->value);
}

static bool read_all(struct reader *reader, struct script *script) {
  while (read_statement(reader)) {
    if (!reader->count) return true;
    if (!interpret_statement(reader, script)) return false;
  }
  return false;
}

/* What a credential without legs plays: two peers who trust each other at once. */
static const wchar_t default_legs[] =
    L"isc SEC_I_CONTINUE_NEEDED token=text:C1\n"
    L"asc SEC_E_OK token=text:S1 expect=text:C1\n"
    L"isc SEC_E_OK expect=text:S1";

struct script *script_read(const wchar_t *source, wchar_t *error, size_t error_size) {
  struct reader reader = {.at = source ? source : L"", .error = error, .error_size = error_size};
  struct script *script = allocate(sizeof *script);
  script->client.level = SecurityImpersonation;
  script->credential_expiry.kind = MOMENT_FIXED;
  script->credential_expiry.value = 0x7FFFFFFFFFFFFFFF;
  bool ok = read_all(&reader, script);
  if (ok && !script->leg_count) {
    reader.at = default_legs;
    ok = read_all(&reader, script);
  }
  forget_words(&reader);
  if (ok) return script;
  script_free(script);
  return NULL;
}
