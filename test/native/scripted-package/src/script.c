#include "script.h"

#include <stdlib.h>

const struct message_rule plain_message = {.times = 1, .token = 32};

static void forget_leg(struct leg *leg) {
  free(leg->pause.gate);
  free(leg->token.bytes.at);
  free(leg->alert.bytes.at);
  free(leg->scribble.bytes.at);
  free(leg->expect.at);
  free(leg->completion.pause.gate);
  free(leg->completion.token.bytes.at);
}

static void forget_names(struct names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->at[i]);
  free(names->at);
}

void script_free(struct script *script) {
  forget_names(&script->client.deny);
  forget_names(&script->client.restrict_to);
  forget_names(&script->client.enable);
  forget_names(&script->client.disable);
  for (size_t i = 0; i < script->leg_count; i++) forget_leg(&script->legs[i]);
  free(script->legs);
  for (int call = 0; call < MESSAGE_CALLS; call++) {
    for (size_t i = 0; i < script->message_counts[call]; i++) free(script->messages[call][i].pause.gate);
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
  const struct answer *answers[] = {&script->acquire, &script->free,         &script->query_name, &script->remove,
                                    &script->revert,  &script->access_token, &script->control,    &script->impersonate};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) free(answers[i]->pause.gate);
  free(script->tag);
  free(script->name);
  free(script->filter);
  free(script->gate);
  free(script);
}

const struct leg *script_leg(const struct script *script, enum role role, size_t index) {
  for (size_t i = 0; i < script->leg_count; i++) {
    if (script->legs[i].roles & role && index-- == 0) return &script->legs[i];
  }
  return NULL;
}

const struct message_rule *script_message(const struct script *script, enum message_call call, size_t index) {
  size_t count = script->message_counts[call];
  for (size_t i = 0; i < count; i++) {
    const struct message_rule *rule = &script->messages[call][i];
    if (index < rule->times || i + 1 == count) return rule;
    index -= rule->times;
  }
  return &plain_message;
}

const struct attribute *script_attribute(const struct script *script, unsigned long number) {
  for (size_t i = script->attribute_count; i-- > 0;) {
    if (script->attributes[i].number == number) return &script->attributes[i];
  }
  return NULL;
}

void moment_write(const struct moment *moment, TimeStamp *time) {
  long long value = moment->value;
  if (!time || moment->kind == MOMENT_UNTOUCHED) return;
  if (moment->kind == MOMENT_FROM_NOW) {
    FILETIME now, local;
    GetSystemTimeAsFileTime(&now);
    FileTimeToLocalFileTime(&now, &local);
    value = (long long)((unsigned long long)local.dwHighDateTime << 32 | local.dwLowDateTime) + value * 10000000;
  }
  time->LowPart = (unsigned long)value;
  time->HighPart = (long)(value >> 32);
}
