/*
 * The script of a credential: what the package answers, call by call. The language is described in README.md.
 */
#ifndef SCRIPTED_SCRIPT_H
#define SCRIPTED_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "sspi-headers.h"

enum role { INITIATOR = 1, ACCEPTOR = 2 };

struct bytes {
  unsigned char *at;
  size_t length;
};

/* What becomes of an output buffer. */
struct token {
  enum { TOKEN_UNTOUCHED, TOKEN_BYTES, TOKEN_ECHO } kind;
  struct bytes bytes;
};

/* A TimeStamp: a FILETIME, or so many seconds from the moment of the call, in local time. */
struct moment {
  enum { MOMENT_UNTOUCHED, MOMENT_FIXED, MOMENT_FROM_NOW } kind;
  long long value;
};

/* What every call may do before it answers. */
struct pause {
  unsigned long delay; /* milliseconds */
  wchar_t *gate;       /* a gate's name, or NULL */
};

/* pfContextAttr = (requested or nothing) + add - remove. */
struct granted_flags {
  bool requested;
  unsigned long add;
  unsigned long remove;
};

struct completion {
  SECURITY_STATUS status;
  struct token token;
  struct pause pause;
};

struct leg {
  unsigned roles; /* INITIATOR | ACCEPTOR */
  SECURITY_STATUS status;
  struct pause pause;
  struct granted_flags flags;
  struct moment expiry;
  struct token token;
  struct token alert;    /* for a SECBUFFER_ALERT */
  struct token scribble; /* bytes put into the token's memory without setting its length */
  bool has_expect;
  struct bytes expect;
  bool has_bindings_result;
  unsigned long bindings_result; /* for a SECBUFFER_CHANNEL_BINDINGS_RESULT */
  bool has_extra, has_missing;
  unsigned long extra, missing;
  bool wild_pointer;                     /* SECBUFFER_EXTRA points nowhere */
  unsigned long output_type, input_type; /* written over BufferType; 0 leaves it */
  bool rotate;                           /* the context gets a new handle */
  bool keep;                             /* a first leg that fails leaves a context anyway */
  struct completion completion;
};

/* A call that only has a status: AcquireCredentialsHandle, DeleteSecurityContext, … */
struct answer {
  SECURITY_STATUS status;
  struct pause pause;
};

enum { MIN_MESSAGE_TOKEN = 24 };

enum message_call { ENCRYPT, DECRYPT, SIGN, VERIFY, MESSAGE_CALLS };

struct message_rule {
  SECURITY_STATUS status;
  struct pause pause;
  unsigned long times; /* how many calls it answers; the last rule answers all that follow */
  unsigned long token, padding;
  bool has_qop, qop_untouched;
  unsigned long qop;
  bool refuse_stream;
};

/* How messages are played when the script says nothing. */
extern const struct message_rule plain_message;

/* The answer to QueryContextAttributes; which fields count depends on the attribute. */
struct attribute {
  unsigned long number; /* SECPKG_ATTR_* */
  SECURITY_STATUS status;
  struct pause pause;
  wchar_t *first_text, *second_text; /* a name; the client's and the server's; a package's name and comment */
  unsigned long numbers[5];
  struct moment start, expiry;
  struct bytes key;
  bool has_numbers;
  bool absent; /* texts, keys and packages that are not given are NULL, instead of the usual ones */
};

struct names {
  wchar_t **at;
  size_t count;
};

/* What QuerySecurityContextToken hands out instead of a usable token. */
enum bad_token { TOKEN_IS_GOOD, TOKEN_CLOSED, TOKEN_EVENT, TOKEN_NULL, TOKEN_UNREADABLE };

/* How the client's token differs from the process's own. */
struct client {
  enum bad_token bad_token;
  SECURITY_IMPERSONATION_LEVEL level;
  bool primary, without_privileges;
  unsigned long more_groups;
  struct names deny, restrict_to; /* SIDs */
  struct names enable, disable;   /* privileges */
};

struct script {
  struct client client;
  wchar_t *tag;
  struct leg *legs;
  size_t leg_count;
  struct message_rule *messages[MESSAGE_CALLS];
  size_t message_counts[MESSAGE_CALLS];
  struct attribute *attributes;
  size_t attribute_count;
  struct answer acquire, free, query_name, remove, impersonate, revert, access_token, control;
  struct moment credential_expiry;
  wchar_t *name; /* QueryCredentialsAttributes NAMES; NULL for the usual one */
  /* A credential that serves the test itself and appears in no journal. */
  enum { PLAYS, READS_JOURNAL, WORKS_GATE } purpose;
  bool clear_journal, stop_journal, without_calls;
  wchar_t *filter; /* the tag whose calls a journal shows, or NULL */
  wchar_t *gate;
  bool open_gate;
};

/* Reads a script; NULL text is an empty one. On failure returns NULL and says why in `error`. */
struct script *script_read(const wchar_t *source, wchar_t *error, size_t error_size);
void script_free(struct script *script);

/* The leg at `index` among those that play `role`, or NULL after the last. */
const struct leg *script_leg(const struct script *script, enum role role, size_t index);
const struct message_rule *script_message(const struct script *script, enum message_call call, size_t index);
/* What the script says of an attribute, or NULL. */
const struct attribute *script_attribute(const struct script *script, unsigned long number);

/* The TimeStamp of a moment, in the halves that SSPI wants. Leaves `time` alone for MOMENT_UNTOUCHED. */
void moment_write(const struct moment *moment, TimeStamp *time);

#endif
