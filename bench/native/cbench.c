/*
 * cbench: the SSPI calls of the JavaScript benchmarks, made by a C program. The limit that the package is measured by.
 *
 *   x86_64-w64-mingw32-gcc -std=c11 -O2 -Wall -Wextra -Werror -s -o cbench.exe cbench.c -lsecur32
 *   cl /nologo /std:c11 /O2 /W4 cbench.c secur32.lib shell32.lib
 *
 * See the usage text below, and README.md beside this file for what is timed and what is not.
 */
#define SECURITY_WIN32
#ifndef UNICODE
#define UNICODE
#endif
#ifdef _MSC_VER
#define _CRT_SECURE_NO_WARNINGS
#endif
#include <windows.h>

#include <shellapi.h>
#include <sspi.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const char usage[] =
    "usage: cbench handshake [options]     InitializeSecurityContext, AcceptSecurityContext, ... until both have ended\n"
    "       cbench message [options]       EncryptMessage and DecryptMessage on an established pair of contexts\n"
    "\n"
    "Client and server are in this process, on one thread. One line of JSON goes to standard output for each report.\n"
    "\n"
    "  --package NAME      Kerberos\n"
    "  --spn SPN           the client's target name, service/host\n"
    "  --user NAME  --domain NAME  --password TEXT\n"
    "                      the client's explicit identity; without --user, the current one\n"
    "  --rounds N          5; what is reported is their median\n"
    "  --on-demand         instead, run and report one round for each line of standard input, until it ends\n"
    "  --warmup N          100 handshakes before the first round; message: one round more\n"
    "\n"
    "handshake:\n"
    "  --count N           500 handshakes a round\n"
    "  --isc-flags N       0x10012: MUTUAL_AUTH | CONFIDENTIALITY | INTEGRITY\n"
    "  --asc-flags N       0x20012: the same for the server\n"
    "  --query N,N,...       attributes queried on both contexts when they are established; none\n"
    "\n"
    "message:\n"
    "  --sizes N,N,...       64,4096,65536,1048576 bytes of plaintext\n"
    "  --bytes N           8388608 bytes of plaintext a round and size, within 8 to 10,000 messages\n";

struct options {
  bool messages, on_demand;
  wchar_t *package, *spn, *user, *domain, *password;
  unsigned rounds, warmup, count, batch_bytes;
  unsigned long isc_flags, asc_flags;
  unsigned long queries[16], sizes[16];
  unsigned query_count, size_count;
};

/* --- failing -------------------------------------------------------------------------------------------------- */

static void fail(const char *what, SECURITY_STATUS status) {
  fprintf(stderr, "cbench: %s: 0x%08lx\n", what, (unsigned long)status);
  exit(1);
}

static void misuse(const char *what, const wchar_t *word) {
  fprintf(stderr, "cbench: %s%ls\n\n%s", what, word ? word : L"", usage);
  exit(2);
}

static void expect_ok(SECURITY_STATUS status, const char *what) {
  if (status != SEC_E_OK) fail(what, status);
}

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory) fail("out of memory", 0);
  return memory;
}

/* --- time ----------------------------------------------------------------------------------------------------- */

static double now_in_microseconds(void) {
  LARGE_INTEGER frequency, counter;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&counter);
  return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const double *values, unsigned count) {
  double *sorted = allocate(count * sizeof *sorted);
  memcpy(sorted, values, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare);
  double middle = count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
  free(sorted);
  return middle;
}

static void print_rounds(const double *values, unsigned count) {
  for (unsigned i = 0; i < count; i++) printf("%s%.4f", i ? "," : "", values[i]);
}

/* --- the handshake -------------------------------------------------------------------------------------------- */

struct pair {
  CredHandle client_credential, server_credential;
  CtxtHandle client, server;
  unsigned char *client_token, *server_token;
  unsigned long max_token;
};

static void acquire(struct pair *pair, const struct options *options) {
  PSecPkgInfoW info;
  expect_ok(QuerySecurityPackageInfoW(options->package, &info), "QuerySecurityPackageInfo");
  pair->max_token = info->cbMaxToken;
  FreeContextBuffer(info);
  pair->client_token = allocate(pair->max_token);
  pair->server_token = allocate(pair->max_token);

  SEC_WINNT_AUTH_IDENTITY_W identity = {0};
  if (options->user) {
    identity.User = (unsigned short *)options->user;
    identity.UserLength = (unsigned long)wcslen(options->user);
    identity.Domain = (unsigned short *)options->domain;
    identity.DomainLength = options->domain ? (unsigned long)wcslen(options->domain) : 0;
    identity.Password = (unsigned short *)options->password;
    identity.PasswordLength = options->password ? (unsigned long)wcslen(options->password) : 0;
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
  }
  TimeStamp expiry;
  expect_ok(AcquireCredentialsHandleW(NULL, options->package, SECPKG_CRED_OUTBOUND, NULL,
                                      options->user ? &identity : NULL, NULL, NULL, &pair->client_credential, &expiry),
            "AcquireCredentialsHandle (client)");
  expect_ok(AcquireCredentialsHandleW(NULL, options->package, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
                                      &pair->server_credential, &expiry),
            "AcquireCredentialsHandle (server)");
}

static void release(struct pair *pair) {
  FreeCredentialsHandle(&pair->client_credential);
  FreeCredentialsHandle(&pair->server_credential);
  free(pair->client_token);
  free(pair->server_token);
}

/* Runs both sides to SEC_E_OK. Returns how many calls that took. */
static unsigned establish(struct pair *pair, const struct options *options) {
  SecBuffer to_server = {0, SECBUFFER_TOKEN, NULL}, to_client = {0, SECBUFFER_TOKEN, NULL};
  SECURITY_STATUS client = SEC_I_CONTINUE_NEEDED, server = SEC_I_CONTINUE_NEEDED;
  unsigned calls = 0;
  unsigned long granted;
  TimeStamp expiry;
  while (client == SEC_I_CONTINUE_NEEDED || server == SEC_I_CONTINUE_NEEDED) {
    bool first = calls == 0;
    if (client == SEC_I_CONTINUE_NEEDED) {
      SecBuffer input = {to_client.cbBuffer, SECBUFFER_TOKEN, to_client.pvBuffer};
      SecBuffer output = {pair->max_token, SECBUFFER_TOKEN, pair->client_token};
      SecBufferDesc inputs = {SECBUFFER_VERSION, 1, &input}, outputs = {SECBUFFER_VERSION, 1, &output};
      client = InitializeSecurityContextW(&pair->client_credential, first ? NULL : &pair->client, options->spn,
                                          options->isc_flags, 0, SECURITY_NATIVE_DREP, first ? NULL : &inputs, 0,
                                          &pair->client, &outputs, &granted, &expiry);
      calls++;
      if (client != SEC_E_OK && client != SEC_I_CONTINUE_NEEDED) fail("InitializeSecurityContext", client);
      to_server = output;
    }
    if (server == SEC_I_CONTINUE_NEEDED) {
      SecBuffer input = {to_server.cbBuffer, SECBUFFER_TOKEN, to_server.pvBuffer};
      SecBuffer output = {pair->max_token, SECBUFFER_TOKEN, pair->server_token};
      SecBufferDesc inputs = {SECBUFFER_VERSION, 1, &input}, outputs = {SECBUFFER_VERSION, 1, &output};
      server =
          AcceptSecurityContext(&pair->server_credential, first ? NULL : &pair->server, &inputs, options->asc_flags,
                                SECURITY_NATIVE_DREP, &pair->server, &outputs, &granted, &expiry);
      calls++;
      if (server != SEC_E_OK && server != SEC_I_CONTINUE_NEEDED) fail("AcceptSecurityContext", server);
      to_client = output;
    }
  }
  return calls;
}

static void end(struct pair *pair) {
  DeleteSecurityContext(&pair->client);
  DeleteSecurityContext(&pair->server);
}

static void query(PCtxtHandle context, unsigned long attribute) {
  union {
    SecPkgContext_Sizes sizes;
    SecPkgContext_StreamSizes stream_sizes;
    SecPkgContext_Lifespan lifespan;
    SecPkgContext_Flags flags;
    SecPkgContext_NamesW names;
    SecPkgContext_NativeNamesW native_names;
    SecPkgContext_SessionKey session_key;
    SecPkgContext_PackageInfoW package;
    SecPkgContext_NegotiationInfoW negotiation;
  } value;
  memset(&value, 0, sizeof value);
  if (QueryContextAttributesW(context, attribute, &value) != SEC_E_OK) return;
  switch (attribute) {
    case SECPKG_ATTR_NAMES:
      FreeContextBuffer(value.names.sUserName);
      break;
    case SECPKG_ATTR_NATIVE_NAMES:
      if (value.native_names.sClientName) FreeContextBuffer(value.native_names.sClientName);
      if (value.native_names.sServerName) FreeContextBuffer(value.native_names.sServerName);
      break;
    case SECPKG_ATTR_SESSION_KEY:
      FreeContextBuffer(value.session_key.SessionKey);
      break;
    case SECPKG_ATTR_PACKAGE_INFO:
      FreeContextBuffer(value.package.PackageInfo);
      break;
    case SECPKG_ATTR_NEGOTIATION_INFO:
      if (value.negotiation.PackageInfo) FreeContextBuffer(value.negotiation.PackageInfo);
      break;
    default:
      break;
  }
}

static unsigned handshake(struct pair *pair, const struct options *options) {
  unsigned calls = establish(pair, options);
  for (unsigned i = 0; i < options->query_count; i++) {
    query(&pair->client, options->queries[i]);
    query(&pair->server, options->queries[i]);
  }
  end(pair);
  return calls;
}

static double handshake_round(struct pair *pair, const struct options *options, unsigned *calls) {
  double start = now_in_microseconds();
  for (unsigned i = 0; i < options->count; i++) *calls = handshake(pair, options);
  return (now_in_microseconds() - start) / options->count;
}

static void report_handshakes(const struct options *options, unsigned calls, const double *microseconds,
                              unsigned rounds) {
  double middle = median(microseconds, rounds);
  printf(
      "{\"benchmark\":\"handshake\",\"package\":\"%ls\",\"count\":%u,\"calls\":%u,\"microseconds\":%.4f,"
      "\"perSecond\":%.1f,\"rounds\":[",
      options->package, options->count, calls, middle, 1e6 / middle);
  print_rounds(microseconds, rounds);
  puts("]}");
}

/* --- messages ------------------------------------------------------------------------------------------------- */

/* How the one buffer comes about that TOKEN ‖ DATA ‖ PADDING is to be in (wrap), or that is unwrapped in place. */
enum memory {
  FRESH, /* allocated for each message, input copied in: what an API does that leaves its input alone */
  COPY,  /* there already, input copied in */
  BARE,  /* there already, input in place: the SSPI call alone */
  MEMORIES
};

static const char *const memory_names[MEMORIES] = {"fresh", "copy", "bare"};

enum operation { WRAP, UNWRAP, OPERATIONS };

static const char *const operation_names[OPERATIONS] = {"wrap", "unwrap"};

struct sizes {
  unsigned long token, padding; /* room that EncryptMessage may need */
};

struct wrapped {
  unsigned char *memory;
  unsigned long length, token;
};

/* Kerberos with AES needs 60 bytes in front of the data; Wine 8 answers 49 to SECPKG_ATTR_SIZES. */
static struct sizes query_sizes(PCtxtHandle context) {
  SecPkgContext_Sizes given;
  expect_ok(QueryContextAttributesW(context, SECPKG_ATTR_SIZES, &given), "QueryContextAttributes SIZES");
  struct sizes sizes = {given.cbSecurityTrailer < 64 ? 64 : given.cbSecurityTrailer, given.cbBlockSize};
  return sizes;
}

/* EncryptMessage within `memory`, where the plaintext stands behind the room for the token; then closes the gaps. */
static struct wrapped wrap(PCtxtHandle context, const struct sizes *sizes, unsigned char *memory,
                           unsigned long length) {
  unsigned char *data = memory + sizes->token;
  SecBuffer buffers[3] = {{sizes->token, SECBUFFER_TOKEN, memory},
                          {length, SECBUFFER_DATA, data},
                          {sizes->padding, SECBUFFER_PADDING, data + length}};
  SecBufferDesc message = {SECBUFFER_VERSION, 3, buffers};
  expect_ok(EncryptMessage(context, 0, &message, 0), "EncryptMessage");
  unsigned long token = buffers[0].cbBuffer, padding = buffers[2].cbBuffer;
  /* The short part moves, not the data: the message starts where the token ends up in front of it. */
  struct wrapped wrapped = {data - token, token + length + padding, token};
  if (wrapped.memory != memory) memmove(wrapped.memory, memory, token);
  return wrapped;
}

/* How DecryptMessage wants a GSS message: as one STREAM, or cut where EncryptMessage had ended the token. */
static bool unwraps_streams = true;

static SECURITY_STATUS unwrap(PCtxtHandle context, unsigned char *memory, const struct wrapped *message,
                              unsigned long plain) {
  unsigned long padding = message->length - message->token - plain, qop;
  SecBuffer buffers[3];
  SecBufferDesc descriptor = {SECBUFFER_VERSION, 2, buffers};
  if (unwraps_streams) {
    buffers[0] = (SecBuffer){message->length, SECBUFFER_STREAM, memory};
    buffers[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
  } else {
    buffers[0] = (SecBuffer){message->token, SECBUFFER_TOKEN, memory};
    buffers[1] = (SecBuffer){plain, SECBUFFER_DATA, memory + message->token};
    buffers[2] = (SecBuffer){padding, SECBUFFER_PADDING, memory + message->token + plain};
    descriptor.cBuffers = padding ? 3 : 2;
  }
  SECURITY_STATUS status = DecryptMessage(context, &descriptor, 0, &qop);
  if (status == SEC_E_OK && (buffers[1].cbBuffer != plain || *(unsigned char *)buffers[1].pvBuffer != 7))
    fail("DecryptMessage gave other data back", status);
  return status;
}

struct bench {
  struct pair *pair;
  struct sizes sizes;
  unsigned long plain; /* bytes of plaintext a message */
  unsigned count;
  size_t room; /* of one message's memory */
  unsigned char *plaintext;
  unsigned char **buffers; /* one for each message */
  unsigned char **copies;
  struct wrapped *messages;
};

static unsigned char *fill(const struct bench *bench, unsigned char *memory) {
  memcpy(memory + bench->sizes.token, bench->plaintext, bench->plain);
  return memory;
}

static double wrap_round(struct bench *bench, enum memory memory) {
  if (memory == FRESH)
    for (unsigned i = 0; i < bench->count; i++) free(bench->buffers[i]);
  if (memory == BARE)
    for (unsigned i = 0; i < bench->count; i++) fill(bench, bench->buffers[i]);
  double start = now_in_microseconds();
  for (unsigned i = 0; i < bench->count; i++) {
    if (memory == FRESH) bench->buffers[i] = allocate(bench->room);
    if (memory != BARE) fill(bench, bench->buffers[i]);
    bench->messages[i] = wrap(&bench->pair->client, &bench->sizes, bench->buffers[i], bench->plain);
  }
  return (now_in_microseconds() - start) / bench->count;
}

/* Unwraps, in their order, the messages of the last wrap_round. */
static double unwrap_round(struct bench *bench, enum memory memory) {
  if (memory == FRESH)
    for (unsigned i = 0; i < bench->count; i++) free(bench->copies[i]);
  double start = now_in_microseconds();
  for (unsigned i = 0; i < bench->count; i++) {
    const struct wrapped *message = &bench->messages[i];
    unsigned char *at = message->memory;
    if (memory == FRESH) bench->copies[i] = allocate(message->length);
    if (memory != BARE) at = memcpy(bench->copies[i], message->memory, message->length);
    expect_ok(unwrap(&bench->pair->server, at, message, bench->plain), "DecryptMessage");
  }
  return (now_in_microseconds() - start) / bench->count;
}

static void measure(struct bench *bench, double microseconds[OPERATIONS][MEMORIES]) {
  for (int memory = 0; memory < MEMORIES; memory++) {
    microseconds[WRAP][memory] = wrap_round(bench, memory);
    microseconds[UNWRAP][memory] = unwrap_round(bench, memory);
  }
}

/* A refused message leaves the context usable: the server's side has not advanced. */
static void find_out_how_to_unwrap(struct pair *pair, const struct sizes *sizes) {
  unsigned char *memory = allocate(sizes->token + 16 + sizes->padding);
  memset(memory, 7, sizes->token + 16 + sizes->padding);
  struct wrapped message = wrap(&pair->client, sizes, memory, 16);
  if (unwrap(&pair->server, message.memory, &message, 16) != SEC_E_OK) {
    unwraps_streams = false;
    expect_ok(unwrap(&pair->server, message.memory, &message, 16), "DecryptMessage");
  }
  free(memory);
}

static struct bench prepare(struct pair *pair, const struct sizes *sizes, unsigned long plain, unsigned batch_bytes) {
  struct bench bench = {.pair = pair, .sizes = *sizes, .plain = plain};
  unsigned count = plain ? batch_bytes / plain : 10000;
  bench.count = count < 8 ? 8 : count > 10000 ? 10000 : count;
  bench.room = (size_t)sizes->token + plain + sizes->padding;
  bench.plaintext = memset(allocate(plain), 7, plain);
  bench.messages = allocate(bench.count * sizeof *bench.messages);
  bench.buffers = allocate(bench.count * sizeof *bench.buffers);
  bench.copies = allocate(bench.count * sizeof *bench.copies);
  for (unsigned i = 0; i < bench.count; i++) {
    /* Touched, so that the rounds do not pay for the first use of a page. */
    bench.buffers[i] = memset(allocate(bench.room), 0, bench.room);
    bench.copies[i] = memset(allocate(bench.room), 0, bench.room);
  }
  return bench;
}

static void discard(struct bench *bench) {
  for (unsigned i = 0; i < bench->count; i++) {
    free(bench->buffers[i]);
    free(bench->copies[i]);
  }
  free(bench->plaintext);
  free(bench->messages);
  free(bench->buffers);
  free(bench->copies);
}

/* `microseconds[operation][memory][round]` */
static void report_messages(const struct options *options, const struct bench *bench,
                            double *const microseconds[OPERATIONS][MEMORIES], unsigned rounds) {
  for (int operation = 0; operation < OPERATIONS; operation++) {
    for (int memory = 0; memory < MEMORIES; memory++) {
      double middle = median(microseconds[operation][memory], rounds);
      printf(
          "{\"benchmark\":\"%s\",\"package\":\"%ls\",\"memory\":\"%s\",\"bytes\":%lu,\"count\":%u,"
          "\"as\":\"%s\",\"microseconds\":%.4f,\"megabytesPerSecond\":%.3f,\"rounds\":[",
          operation_names[operation], options->package, memory_names[memory], bench->plain, bench->count,
          operation == WRAP || !unwraps_streams ? "token+data+padding" : "stream+data", middle,
          (double)bench->plain / middle);
      print_rounds(microseconds[operation][memory], rounds);
      puts("]}");
    }
  }
}

static void run_messages(struct bench *bench, const struct options *options, unsigned rounds) {
  double *all[OPERATIONS][MEMORIES];
  for (int operation = 0; operation < OPERATIONS; operation++)
    for (int memory = 0; memory < MEMORIES; memory++) all[operation][memory] = allocate(rounds * sizeof(double));
  for (unsigned round = 0; round < rounds; round++) {
    double microseconds[OPERATIONS][MEMORIES];
    measure(bench, microseconds);
    for (int operation = 0; operation < OPERATIONS; operation++)
      for (int memory = 0; memory < MEMORIES; memory++) all[operation][memory][round] = microseconds[operation][memory];
  }
  report_messages(options, bench, all, rounds);
  for (int operation = 0; operation < OPERATIONS; operation++)
    for (int memory = 0; memory < MEMORIES; memory++) free(all[operation][memory]);
}

/* --- the command line ------------------------------------------------------------------------------------------ */

/* Waits for a line of standard input; false at its end. */
static bool next_demand(void) {
  int c;
  fflush(stdout);
  while ((c = getchar()) != EOF)
    if (c == '\n') return true;
  return false;
}

static void bench_handshakes(const struct options *options) {
  struct pair pair;
  unsigned calls = 0;
  acquire(&pair, options);
  for (unsigned i = 0; i < options->warmup; i++) handshake(&pair, options);
  if (options->on_demand) {
    while (next_demand()) {
      double microseconds = handshake_round(&pair, options, &calls);
      report_handshakes(options, calls, &microseconds, 1);
    }
  } else {
    double *microseconds = allocate(options->rounds * sizeof *microseconds);
    for (unsigned i = 0; i < options->rounds; i++) microseconds[i] = handshake_round(&pair, options, &calls);
    report_handshakes(options, calls, microseconds, options->rounds);
    free(microseconds);
  }
  release(&pair);
}

static void bench_messages(const struct options *options) {
  struct pair pair;
  acquire(&pair, options);
  establish(&pair, options);
  struct sizes sizes = query_sizes(&pair.client);
  find_out_how_to_unwrap(&pair, &sizes);
  struct bench benches[16];
  for (unsigned i = 0; i < options->size_count; i++) {
    double unused[OPERATIONS][MEMORIES];
    benches[i] = prepare(&pair, &sizes, options->sizes[i], options->batch_bytes);
    measure(&benches[i], unused);
  }
  if (options->on_demand) {
    while (next_demand())
      for (unsigned i = 0; i < options->size_count; i++) run_messages(&benches[i], options, 1);
  } else {
    for (unsigned i = 0; i < options->size_count; i++) run_messages(&benches[i], options, options->rounds);
  }
  for (unsigned i = 0; i < options->size_count; i++) discard(&benches[i]);
  end(&pair);
  release(&pair);
}

static unsigned long read_number(const wchar_t *text, const wchar_t *option) {
  wchar_t *end;
  unsigned long number = wcstoul(text, &end, 0);
  if (end == text || *end) misuse("not a number for ", option);
  return number;
}

static unsigned read_list(wchar_t *text, const wchar_t *option, unsigned long numbers[16]) {
  unsigned count = 0;
  for (wchar_t *at = text; at;) {
    wchar_t *comma = wcschr(at, L',');
    if (comma) *comma = L'\0';
    if (count == 16) misuse("more than 16 numbers for ", option);
    numbers[count++] = read_number(at, option);
    at = comma ? comma + 1 : NULL;
  }
  return count;
}

static struct options read_options(int count, wchar_t **words) {
  struct options options = {.package = L"Kerberos",
                            .rounds = 5,
                            .warmup = 100,
                            .count = 500,
                            .batch_bytes = 8 << 20,
                            .isc_flags = ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY,
                            .asc_flags = ASC_REQ_MUTUAL_AUTH | ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY,
                            .sizes = {64, 4096, 65536, 1048576},
                            .size_count = 4};
  if (count < 2) misuse("a benchmark must be named", NULL);
  options.messages = wcscmp(words[1], L"message") == 0;
  if (!options.messages && wcscmp(words[1], L"handshake") != 0) misuse("no such benchmark: ", words[1]);
  for (int i = 2; i < count; i++) {
    const wchar_t *option = words[i];
    if (wcscmp(option, L"--on-demand") == 0) {
      options.on_demand = true;
      continue;
    }
    if (i + 1 == count) misuse("unknown option, or a value is missing: ", option);
    wchar_t *value = words[++i];
    if (wcscmp(option, L"--package") == 0)
      options.package = value;
    else if (wcscmp(option, L"--spn") == 0)
      options.spn = value;
    else if (wcscmp(option, L"--user") == 0)
      options.user = value;
    else if (wcscmp(option, L"--domain") == 0)
      options.domain = value;
    else if (wcscmp(option, L"--password") == 0)
      options.password = value;
    else if (wcscmp(option, L"--rounds") == 0)
      options.rounds = read_number(value, option);
    else if (wcscmp(option, L"--warmup") == 0)
      options.warmup = read_number(value, option);
    else if (wcscmp(option, L"--count") == 0)
      options.count = read_number(value, option);
    else if (wcscmp(option, L"--bytes") == 0)
      options.batch_bytes = read_number(value, option);
    else if (wcscmp(option, L"--isc-flags") == 0)
      options.isc_flags = read_number(value, option);
    else if (wcscmp(option, L"--asc-flags") == 0)
      options.asc_flags = read_number(value, option);
    else if (wcscmp(option, L"--query") == 0)
      options.query_count = read_list(value, option, options.queries);
    else if (wcscmp(option, L"--sizes") == 0)
      options.size_count = read_list(value, option, options.sizes);
    else
      misuse("unknown option: ", option);
  }
  if (!options.rounds || !options.count) misuse("rounds and counts start at 1", NULL);
  return options;
}

int main(void) {
  int count;
  wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
  struct options options = read_options(count, words);
  if (options.messages)
    bench_messages(&options);
  else
    bench_handshakes(&options);
  LocalFree(words);
  return 0;
}
