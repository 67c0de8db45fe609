/*
 * MakeSignature, VerifySignature, EncryptMessage, DecryptMessage.
 *
 * The transform only has to be reversible and to notice tampering: the data is XORed with a fixed byte, and a token of
 * programmable length starts with what the other side needs to check it (see `struct header`).
 */
#include <string.h>

#include "functions.h"
#include "journal.h"
#include "lock.h"
#include "pause.h"
#include "state.h"

enum { XOR_BYTE = 0x5A, TOKEN_FILL = 0xA5 };

/* The first 24 bytes of a message token, in the machine's byte order (little-endian on every Windows). */
struct header {
  unsigned short magic; /* "SM" */
  unsigned short token_length;
  unsigned int data_length;
  unsigned int sequence; /* this direction's, from 0 */
  unsigned int qop;
  unsigned int crc; /* over the plain data, READONLY_WITH_CHECKSUM buffers included */
  unsigned short padding_length;
  unsigned short role; /* of the sender */
};

enum { MAGIC = 0x4D53 };

_Static_assert(sizeof(struct header) == MIN_MESSAGE_TOKEN, "the script language promises this length");

/* The buffers of one message, by what they are for. */
struct message {
  SecBufferDesc *buffers;
  SecBuffer *token;   /* TOKEN or STREAM_HEADER */
  SecBuffer *padding; /* PADDING or STREAM_TRAILER */
  SecBuffer *stream;  /* a whole wrapped message */
  SecBuffer *data;    /* the first DATA that is not read-only */
};

static struct message sort_buffers(SecBufferDesc *buffers) {
  struct message message = {.buffers = buffers};
  for (unsigned long i = 0; buffers && i < buffers->cBuffers; i++) {
    SecBuffer *buffer = &buffers->pBuffers[i];
    switch (buffer->BufferType & ~SECBUFFER_ATTRMASK) {
      case SECBUFFER_TOKEN:
      case SECBUFFER_STREAM_HEADER:
        message.token = message.token ? message.token : buffer;
        break;
      case SECBUFFER_PADDING:
      case SECBUFFER_STREAM_TRAILER:
        message.padding = message.padding ? message.padding : buffer;
        break;
      case SECBUFFER_STREAM:
        message.stream = message.stream ? message.stream : buffer;
        break;
      case SECBUFFER_DATA:
        if (!(buffer->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM)))
          message.data = message.data ? message.data : buffer;
        break;
      default:
        break;
    }
  }
  return message;
}

static bool is_data(const SecBuffer *buffer) { return (buffer->BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_DATA; }

/* MakeSignature covers every data buffer except READONLY ones, as EncryptMessage does. */
static bool is_signed(const SecBuffer *buffer) { return is_data(buffer) && !(buffer->BufferType & SECBUFFER_READONLY); }

static bool is_encrypted(const SecBuffer *buffer) {
  return is_signed(buffer) && !(buffer->BufferType & SECBUFFER_READONLY_WITH_CHECKSUM);
}

static void add_up(const struct message *message, struct header *header) {
  unsigned long crc = 0, length = 0;
  for (unsigned long i = 0; i < message->buffers->cBuffers; i++) {
    const SecBuffer *buffer = &message->buffers->pBuffers[i];
    if (!is_signed(buffer)) continue;
    crc = crc32_of(crc, buffer->pvBuffer, buffer->cbBuffer);
    length += buffer->cbBuffer;
  }
  header->crc = crc;
  header->data_length = length;
}

static void transform(const struct message *message) {
  for (unsigned long i = 0; i < message->buffers->cBuffers; i++) {
    const SecBuffer *buffer = &message->buffers->pBuffers[i];
    unsigned char *bytes = buffer->pvBuffer;
    for (unsigned long at = 0; is_encrypted(buffer) && at < buffer->cbBuffer; at++) bytes[at] ^= XOR_BYTE;
  }
}

/* --- sending -------------------------------------------------------------------------------------------------- */

static SECURITY_STATUS protect(struct context *context, const struct message_rule *rule, enum message_call call,
                               struct message *message, unsigned long qop) {
  if (!message->token || !message->buffers) return SEC_E_INVALID_TOKEN;
  if (message->token->cbBuffer < rule->token) return SEC_E_BUFFER_TOO_SMALL;
  if (rule->padding && (!message->padding || message->padding->cbBuffer < rule->padding)) return SEC_E_BUFFER_TOO_SMALL;
  struct header header = {.magic = MAGIC,
                          .token_length = (unsigned short)rule->token,
                          .padding_length = (unsigned short)rule->padding,
                          .qop = qop,
                          .role = (unsigned short)context->role};
  add_up(message, &header);
  lock();
  header.sequence = context->sent++;
  unlock();
  if (call == ENCRYPT && qop != SECQOP_WRAP_NO_ENCRYPT) transform(message);
  memset(message->token->pvBuffer, TOKEN_FILL, rule->token);
  memcpy(message->token->pvBuffer, &header, sizeof header);
  message->token->cbBuffer = rule->token;
  if (message->padding) {
    memset(message->padding->pvBuffer, (int)(rule->padding & 0xFF), rule->padding);
    message->padding->cbBuffer = rule->padding;
  }
  return SEC_E_OK;
}

/* --- receiving ------------------------------------------------------------------------------------------------ */

static bool read_header(const void *bytes, size_t length, struct header *header) {
  if (length < sizeof *header) return false;
  memcpy(header, bytes, sizeof *header);
  return header->magic == MAGIC && header->token_length >= sizeof *header;
}

/* Finds token and data in the one buffer that holds the wrapped message; DATA is made to point into it. */
static SECURITY_STATUS unpack_stream(struct message *message, SecBuffer *token) {
  struct header header;
  const SecBuffer *stream = message->stream;
  if (!read_header(stream->pvBuffer, stream->cbBuffer, &header) || !message->data) return SEC_E_INVALID_TOKEN;
  if ((size_t)header.token_length + header.data_length + header.padding_length != stream->cbBuffer)
    return SEC_E_INVALID_TOKEN;
  token->pvBuffer = stream->pvBuffer;
  token->cbBuffer = header.token_length;
  message->token = token;
  message->data->pvBuffer = (char *)stream->pvBuffer + header.token_length;
  message->data->cbBuffer = header.data_length;
  return SEC_E_OK;
}

/* The way of stream packages: DATA holds what has arrived, empty buffers follow for what is found in it. */
static SECURITY_STATUS unpack_record(struct message *message) {
  SecBufferDesc *buffers = message->buffers;
  SecBuffer *arrived = message->data;
  if (!arrived || buffers->cBuffers < 4) return SEC_E_INVALID_TOKEN;
  struct header header;
  size_t needed = sizeof header;
  if (arrived->cbBuffer >= sizeof header) {
    if (!read_header(arrived->pvBuffer, arrived->cbBuffer, &header)) return SEC_E_DECRYPT_FAILURE;
    needed = (size_t)header.token_length + header.data_length + header.padding_length;
  }
  if (arrived->cbBuffer < needed) {
    SecBuffer *missing = &buffers->pBuffers[1];
    missing->BufferType = SECBUFFER_MISSING;
    missing->cbBuffer = (unsigned long)(needed - arrived->cbBuffer);
    return SEC_E_INCOMPLETE_MESSAGE;
  }
  char *at = arrived->pvBuffer;
  unsigned long extra = arrived->cbBuffer - (unsigned long)needed;
  const SecBuffer parts[4] = {
      {header.token_length, SECBUFFER_STREAM_HEADER, at},
      {header.data_length, SECBUFFER_DATA, at + header.token_length},
      {header.padding_length, SECBUFFER_STREAM_TRAILER, at + header.token_length + header.data_length},
      {extra, extra ? SECBUFFER_EXTRA : SECBUFFER_EMPTY, extra ? at + needed : NULL}};
  memcpy(buffers->pBuffers, parts, sizeof parts);
  *message = sort_buffers(buffers);
  return SEC_E_OK;
}

static SECURITY_STATUS check(struct context *context, const struct message *message, enum message_call call,
                             struct header *header) {
  if (!read_header(message->token->pvBuffer, message->token->cbBuffer, header)) return SEC_E_INVALID_TOKEN;
  if (call == DECRYPT && header->qop != SECQOP_WRAP_NO_ENCRYPT) transform(message);
  struct header found;
  add_up(message, &found);
  if (found.crc != header->crc || found.data_length != header->data_length) return SEC_E_MESSAGE_ALTERED;
  lock();
  bool in_order = header->sequence == context->received;
  context->received = header->sequence + 1;
  unlock();
  /* ISC_RET_SEQUENCE_DETECT and ASC_RET_SEQUENCE_DETECT are the same bit. */
  return in_order || !(context->granted & ISC_RET_SEQUENCE_DETECT) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

static SECURITY_STATUS unprotect(struct context *context, const struct message_rule *rule, enum message_call call,
                                 struct message *message, unsigned long *qop) {
  SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
  SECURITY_STATUS status = SEC_E_OK;
  if (message->stream)
    status = rule->refuse_stream || call == VERIFY ? SEC_E_INVALID_TOKEN : unpack_stream(message, &token);
  else if (!message->token && call == DECRYPT)
    status = unpack_record(message);
  if (status != SEC_E_OK) return status;
  if (!message->token) return SEC_E_INVALID_TOKEN;
  struct header header;
  status = check(context, message, call, &header);
  if (status == SEC_E_OK && qop && !rule->qop_untouched) *qop = rule->has_qop ? rule->qop : header.qop;
  return status;
}

/* --- the four calls ------------------------------------------------------------------------------------------- */

static SECURITY_STATUS handle_message(const wchar_t *function, enum message_call which, PCtxtHandle handle,
                                      unsigned long qop, unsigned long *qop_out, PSecBufferDesc buffers,
                                      ULONG sequence) {
  bool sends = which == ENCRYPT || which == SIGN;
  enum activity activity = sends ? SENDING : RECEIVING;
  struct call *call = call_open(function);
  call_input(call, buffers);
  call_number(call, L"sequence", sequence);
  if (sends) call_number(call, L"qop", qop);
  struct context *context = context_enter(handle, activity, call);
  if (!context) return call_close(call, SEC_E_INVALID_HANDLE);
  lock();
  const struct message_rule *rule = script_message(context->credential->script, which, context->messages[which]++);
  if (context->completing) call_fault(call, FAULT_COMPLETION_SKIPPED);
  unlock();
  pause_here(&rule->pause);
  SECURITY_STATUS status = rule->status;
  if (status >= 0 && buffers) {
    struct message message = sort_buffers(buffers);
    SECURITY_STATUS done =
        sends ? protect(context, rule, which, &message, qop) : unprotect(context, rule, which, &message, qop_out);
    status = done == SEC_E_OK ? status : done;
  } else if (!buffers) {
    status = SEC_E_INVALID_TOKEN;
  }
  context_leave(context, activity);
  return call_close(call, status);
}

SECURITY_STATUS SEC_ENTRY scripted_sign(PCtxtHandle context, ULONG qop, PSecBufferDesc message, ULONG sequence) {
  return handle_message(L"MakeSignature", SIGN, context, qop, NULL, message, sequence);
}

SECURITY_STATUS SEC_ENTRY scripted_verify(PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *qop) {
  return handle_message(L"VerifySignature", VERIFY, context, 0, qop, message, sequence);
}

SECURITY_STATUS SEC_ENTRY scripted_encrypt(PCtxtHandle context, ULONG qop, PSecBufferDesc message, ULONG sequence) {
  return handle_message(L"EncryptMessage", ENCRYPT, context, qop, NULL, message, sequence);
}

SECURITY_STATUS SEC_ENTRY scripted_decrypt(PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *qop) {
  return handle_message(L"DecryptMessage", DECRYPT, context, 0, qop, message, sequence);
}
