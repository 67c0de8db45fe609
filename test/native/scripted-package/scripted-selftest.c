/*
 * Proves the security package `Scripted` through secur32: every call below goes through the functions that any SSPI
 * program links to. The package must be installed (see README.md); selftest.sh does all of it under Wine. Prints one
 * line a test; the exit code is the number of tests that failed.
 */
#define SECURITY_WIN32
#define UNICODE
#include <windows.h>

#include <sspi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static int failed_checks, failed_tests, passed_tests;

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)
#define CHECK_STATUS(call, expected) check_status((call), (expected), #call, __LINE__)

static void check(bool ok, const char *what, int line) {
  if (ok) return;
  failed_checks++;
  printf("    line %d: not so: %s\n", line, what);
}

static void check_status(SECURITY_STATUS found, SECURITY_STATUS expected, const char *what, int line) {
  if (found == expected) return;
  failed_checks++;
  printf("    line %d: 0x%08lx instead of 0x%08lx: %s\n", line, (unsigned long)found, (unsigned long)expected, what);
}

/* --- an ordinary caller ---------------------------------------------------------------------------------------- */

static SECURITY_STATUS acquire_from(const wchar_t *package, const wchar_t *script, ULONG use, void *identity,
                                    CredHandle *credential) {
  TimeStamp expiry;
  SecInvalidateHandle(credential);
  return AcquireCredentialsHandleW((SEC_WCHAR *)script, (SEC_WCHAR *)package, use, NULL, identity, NULL, NULL,
                                   credential, &expiry);
}

static SECURITY_STATUS acquire(const wchar_t *script, ULONG use, CredHandle *credential) {
  return acquire_from(L"Scripted", script, use, NULL, credential);
}

/* One side of an exchange. The caller's memory is filled with 0xEE so that untouched bytes show. */
struct side {
  CredHandle credential;
  CtxtHandle context;
  bool has_context;
  unsigned char out[256];
  SecBuffer output;
  ULONG granted;
  TimeStamp expiry;
  SecBuffer input[3];
};

static SECURITY_STATUS leg(struct side *side, bool accepts, ULONG flags, const void *input, unsigned long length,
                           const wchar_t *target) {
  memset(side->out, 0xEE, sizeof side->out);
  side->output = (SecBuffer){sizeof side->out, SECBUFFER_TOKEN, side->out};
  SecBufferDesc output = {SECBUFFER_VERSION, 1, &side->output};
  side->input[0] = (SecBuffer){length, SECBUFFER_TOKEN, (void *)input};
  side->input[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
  side->input[2] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
  SecBufferDesc inputs = {SECBUFFER_VERSION, 3, side->input};
  side->granted = 0xDEADBEEF;
  side->expiry.LowPart = 0x11111111;
  side->expiry.HighPart = 0x22222222;
  CtxtHandle given = side->context;
  PCtxtHandle context = side->has_context ? &given : NULL;
  SECURITY_STATUS status = accepts
                               ? AcceptSecurityContext(&side->credential, context, &inputs, flags, SECURITY_NATIVE_DREP,
                                                       &side->context, &output, &side->granted, &side->expiry)
                               : InitializeSecurityContextW(&side->credential, context, (SEC_WCHAR *)target, flags, 0,
                                                            SECURITY_NATIVE_DREP, input ? &inputs : NULL, 0,
                                                            &side->context, &output, &side->granted, &side->expiry);
  if (status >= 0) side->has_context = true;
  return status;
}

static SECURITY_STATUS client_leg(struct side *side, const char *input) {
  return leg(side, false, ISC_REQ_MUTUAL_AUTH, input, input ? (unsigned long)strlen(input) : 0, L"HTTP/test");
}

static SECURITY_STATUS server_leg(struct side *side, const char *input) {
  return leg(side, true, ASC_REQ_MUTUAL_AUTH, input, (unsigned long)strlen(input), NULL);
}

static bool put_out(const struct side *side, const char *text) {
  return side->output.cbBuffer == strlen(text) && memcmp(side->out, text, strlen(text)) == 0;
}

static void start_as(struct side *side, const wchar_t *package, const wchar_t *script, ULONG use) {
  memset(side, 0, sizeof *side);
  SecInvalidateHandle(&side->context);
  CHECK_STATUS(acquire_from(package, script, use, NULL, &side->credential), SEC_E_OK);
}

static void start(struct side *side, const wchar_t *script) { start_as(side, L"Scripted", script, SECPKG_CRED_BOTH); }

static void stop(struct side *side) {
  if (side->has_context) CHECK_STATUS(DeleteSecurityContext(&side->context), SEC_E_OK);
  CHECK_STATUS(FreeCredentialsHandle(&side->credential), SEC_E_OK);
}

/* --- the journal ------------------------------------------------------------------------------------------------ */

/* Kept until the next reading, so that a test can simply say `journal_has(…)`. */
static wchar_t *last_journal;

static const wchar_t *read_journal(const wchar_t *which) {
  CredHandle credential;
  SecPkgCredentials_NamesW names = {NULL};
  free(last_journal);
  last_journal = NULL;
  if (acquire(which, SECPKG_CRED_OUTBOUND, &credential) == SEC_E_OK) {
    if (QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names) == SEC_E_OK) {
      last_journal = _wcsdup(names.sUserName);
      FreeContextBuffer(names.sUserName);
    }
    FreeCredentialsHandle(&credential);
  }
  if (!last_journal) last_journal = _wcsdup(L"");
  return last_journal;
}

static bool journal_has(const wchar_t *text) { return wcsstr(read_journal(L"journal"), text) != NULL; }

static unsigned long journal_total(const wchar_t *key) {
  wchar_t quoted[64];
  swprintf(quoted, 64, L"\"%ls\":", key);
  const wchar_t *at = wcsstr(read_journal(L"journal summary"), quoted);
  return at ? wcstoul(at + wcslen(quoted), NULL, 10) : 0xFFFFFFFF;
}

/* --- tests ------------------------------------------------------------------------------------------------------ */

static void packages_are_listed(void) {
  ULONG count;
  PSecPkgInfoW list;
  unsigned found = 0;
  CHECK_STATUS(EnumerateSecurityPackagesW(&count, &list), SEC_E_OK);
  for (ULONG i = 0; i < count; i++) {
    found += wcscmp(list[i].Name, L"Scripted") == 0 && list[i].cbMaxToken == 12000;
    found += wcscmp(list[i].Name, L"ScriptedStream") == 0 && list[i].fCapabilities & SECPKG_FLAG_STREAM;
    found += wcscmp(list[i].Name, L"ScriptedSmall") == 0 && list[i].cbMaxToken == 16;
  }
  FreeContextBuffer(list);
  CHECK(found == 3);
}

static void default_exchange_ends_on_both_sides(void) {
  struct side client, server;
  start(&client, NULL);
  start(&server, NULL);
  CHECK_STATUS(client_leg(&client, NULL), SEC_I_CONTINUE_NEEDED);
  CHECK(put_out(&client, "C1"));
  CHECK_STATUS(server_leg(&server, "C1"), SEC_E_OK);
  CHECK(put_out(&server, "S1"));
  CHECK_STATUS(client_leg(&client, "S1"), SEC_E_OK);
  CHECK(client.granted == ISC_REQ_MUTUAL_AUTH);
  CHECK(client.output.cbBuffer == sizeof client.out && client.out[0] == 0xEE);
  CHECK(journal_total(L"contexts") == 2 && journal_total(L"credentials") == 2);
  CHECK(!journal_has(L"otherCredential") && !journal_has(L"rotated") && journal_total(L"faultTotal") == 0);
  stop(&client);
  stop(&server);
}

static void legs_play_in_order_with_every_kind_of_token(void) {
  struct side side;
  start(&side,
        L"# comment; not a statement\n"
        L"leg SEC_I_CONTINUE_NEEDED token=hex:0001fF flags=0x10+2\n"
        L"leg SEC_I_CONTINUE_NEEDED token=empty flags=requested-2\n"
        L"leg SEC_I_CONTINUE_NEEDED token=\"text:a b;\"\"c\"\"\" flags=none; leg SEC_I_CONTINUE_NEEDED\n"
        L"leg SEC_I_CONTINUE_NEEDED token=size:200; leg SEC_E_OK token=echo expect=text:ping");
  CHECK_STATUS(client_leg(&side, NULL), SEC_I_CONTINUE_NEEDED);
  CHECK(side.output.cbBuffer == 3 && memcmp(side.out, "\0\1\xFF", 3) == 0 && side.granted == 0x12);
  CHECK_STATUS(client_leg(&side, "x"), SEC_I_CONTINUE_NEEDED);
  CHECK(side.output.cbBuffer == 0 && side.granted == 0);
  CHECK_STATUS(client_leg(&side, "x"), SEC_I_CONTINUE_NEEDED);
  CHECK(put_out(&side, "a b;\"c\"") && side.granted == 0);
  CHECK_STATUS(client_leg(&side, "x"), SEC_I_CONTINUE_NEEDED);
  CHECK(side.output.cbBuffer == sizeof side.out && side.out[0] == 0xEE);
  CHECK_STATUS(client_leg(&side, "x"), SEC_I_CONTINUE_NEEDED);
  CHECK(side.output.cbBuffer == 200 && side.out[199] == 199);
  CHECK_STATUS(client_leg(&side, "ping"), SEC_E_OK);
  CHECK(put_out(&side, "ping"));
  CHECK_STATUS(client_leg(&side, "x"), SEC_E_OUT_OF_SEQUENCE);
  CHECK(journal_has(L"\"faults\":[\"callAfterEnd\"]"));
  stop(&side);
}

static void unexpected_input_is_refused(void) {
  struct side side;
  start(&side, L"asc SEC_E_OK expect=text:good");
  CHECK_STATUS(server_leg(&side, "bad"), SEC_E_INVALID_TOKEN);
  CHECK(!side.has_context && journal_total(L"contexts") == 0);
  CHECK_STATUS(server_leg(&side, "good"), SEC_E_OK);
  stop(&side);
}

static void failure_may_carry_an_error_token(void) {
  struct side side;
  start(&side, L"asc SEC_I_CONTINUE_NEEDED token=text:S1; asc SEC_E_LOGON_DENIED token=text:sorry");
  CHECK_STATUS(server_leg(&side, "C1"), SEC_I_CONTINUE_NEEDED);
  CHECK_STATUS(server_leg(&side, "C2"), SEC_E_LOGON_DENIED);
  CHECK(put_out(&side, "sorry"));
  CHECK(journal_total(L"contexts") == 1);
  stop(&side);
}

static void failed_call_may_leave_stale_bytes(void) {
  struct side side;
  start(&side, L"isc SEC_E_NO_CREDENTIALS scribble=text:stale");
  CHECK_STATUS(client_leg(&side, NULL), SEC_E_NO_CREDENTIALS);
  CHECK(side.output.cbBuffer == sizeof side.out && memcmp(side.out, "stale", 5) == 0);
  stop(&side);
}

static void too_small_buffers_are_refused(void) {
  struct side side;
  start_as(&side, L"ScriptedSmall", L"isc SEC_I_CONTINUE_NEEDED token=size:257", SECPKG_CRED_OUTBOUND);
  CHECK_STATUS(client_leg(&side, NULL), SEC_E_BUFFER_TOO_SMALL);
  CHECK(journal_total(L"contexts") == 0);
  stop(&side);
}

static void incomplete_messages_and_extra_bytes_are_told(void) {
  struct side side;
  start_as(&side, L"ScriptedStream",
           L"isc SEC_I_CONTINUE_NEEDED token=text:C1\n"
           L"isc SEC_E_INCOMPLETE_MESSAGE missing=7\n"
           L"isc SEC_E_OK extra=3",
           SECPKG_CRED_OUTBOUND);
  CHECK_STATUS(client_leg(&side, NULL), SEC_I_CONTINUE_NEEDED);
  CHECK_STATUS(client_leg(&side, "half"), SEC_E_INCOMPLETE_MESSAGE);
  CHECK(side.input[1].BufferType == SECBUFFER_MISSING && side.input[1].cbBuffer == 7);
  CHECK_STATUS(client_leg(&side, "half and rest+++"), SEC_E_OK);
  CHECK(side.input[1].BufferType == SECBUFFER_EXTRA && side.input[1].cbBuffer == 3);
  stop(&side);
}

static void incomplete_first_leg_goes_on_without_a_context(void) {
  struct side side;
  start_as(&side, L"ScriptedStream", L"asc SEC_E_INCOMPLETE_MESSAGE missing=1; asc SEC_E_OK token=text:S1",
           SECPKG_CRED_INBOUND);
  CHECK_STATUS(server_leg(&side, "C"), SEC_E_INCOMPLETE_MESSAGE);
  CHECK(!side.has_context && journal_total(L"contexts") == 0);
  CHECK_STATUS(server_leg(&side, "C1"), SEC_E_OK);
  stop(&side);
}

static void completion_is_asked_for_and_checked(void) {
  struct side side;
  start(&side,
        L"leg SEC_I_CONTINUE_NEEDED token=text:C1\n"
        L"leg SEC_I_COMPLETE_AND_CONTINUE token=text:C2 complete=SEC_E_OK completetoken=text:D2\n"
        L"leg SEC_I_COMPLETE_NEEDED token=text:C3 complete=SEC_E_LOGON_DENIED");
  CHECK_STATUS(client_leg(&side, NULL), SEC_I_CONTINUE_NEEDED);
  CHECK_STATUS(client_leg(&side, "S1"), SEC_I_COMPLETE_AND_CONTINUE);
  SecBufferDesc tokens = {SECBUFFER_VERSION, 1, &side.output};
  CHECK_STATUS(CompleteAuthToken(&side.context, &tokens), SEC_E_OK);
  CHECK(put_out(&side, "D2"));
  CHECK_STATUS(client_leg(&side, "S2"), SEC_I_COMPLETE_NEEDED);
  CHECK_STATUS(CompleteAuthToken(&side.context, &tokens), SEC_E_LOGON_DENIED);
  CHECK_STATUS(CompleteAuthToken(&side.context, &tokens), SEC_E_OUT_OF_SEQUENCE);
  CHECK(journal_has(L"\"faults\":[\"completionUnasked\"]"));
  stop(&side);
}

static void skipped_and_wrong_completion_are_faults(void) {
  struct side side;
  start(&side,
        L"leg SEC_I_CONTINUE_NEEDED token=text:C1\n"
        L"leg SEC_I_COMPLETE_AND_CONTINUE token=text:C2\n"
        L"leg SEC_I_COMPLETE_NEEDED token=text:C3");
  client_leg(&side, NULL);
  CHECK_STATUS(client_leg(&side, "S1"), SEC_I_COMPLETE_AND_CONTINUE);
  CHECK_STATUS(client_leg(&side, "S2"), SEC_I_COMPLETE_NEEDED);
  CHECK(journal_has(L"\"faults\":[\"completionSkipped\"]"));
  side.out[0] ^= 1;
  SecBufferDesc tokens = {SECBUFFER_VERSION, 1, &side.output};
  CHECK_STATUS(CompleteAuthToken(&side.context, &tokens), SEC_E_OK);
  CHECK(journal_has(L"\"faults\":[\"completionToken\"]"));
  stop(&side);
}

static void completion_of_a_first_leg(void) {
  struct side side;
  start(&side, L"leg SEC_I_COMPLETE_NEEDED token=text:C1");
  CHECK_STATUS(client_leg(&side, NULL), SEC_I_COMPLETE_NEEDED);
  SecBufferDesc tokens = {SECBUFFER_VERSION, 1, &side.output};
  SecPkgContext_Sizes sizes;
  CHECK_STATUS(CompleteAuthToken(&side.context, &tokens), SEC_E_OK);
  CHECK(journal_total(L"faultTotal") == 0);
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
  CHECK(journal_has(L"\"established\":true") && !journal_has(L"\"established\":false"));
  stop(&side);
}

static void handles_rotate(void) {
  struct side side;
  start(&side, L"leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED rotate; leg SEC_E_OK");
  client_leg(&side, NULL);
  CtxtHandle before = side.context;
  CHECK_STATUS(client_leg(&side, "S1"), SEC_I_CONTINUE_NEEDED);
  CHECK(memcmp(&before, &side.context, sizeof before) != 0);
  CHECK_STATUS(DeleteSecurityContext(&before), SEC_E_INVALID_HANDLE);
  CHECK(journal_has(L"\"faults\":[\"staleHandle\"]"));
  CHECK_STATUS(client_leg(&side, "S2"), SEC_E_OK);
  stop(&side);
}

/* phContext and phNewContext are the same variable, as most callers do it. */
static void handles_rotate_in_place(void) {
  struct side side;
  SecBuffer output = {0, SECBUFFER_TOKEN, NULL};
  SecBufferDesc outputs = {SECBUFFER_VERSION, 1, &output};
  start(&side, L"leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED rotate; leg SEC_E_OK");
  client_leg(&side, NULL);
  for (int i = 0; i < 2; i++)
    CHECK_STATUS(
        InitializeSecurityContextW(&side.credential, &side.context, L"HTTP/test", ISC_REQ_MUTUAL_AUTH, 0,
                                   SECURITY_NATIVE_DREP, NULL, 0, &side.context, &outputs, &side.granted, &side.expiry),
        i ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
  stop(&side);
}

static void changed_target_and_bindings_are_faults(void) {
  struct side side;
  start(&side, L"tag changed; leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK");
  leg(&side, false, 0, NULL, 0, L"HTTP/one");
  leg(&side, false, 0, "S1", 2, L"HTTP/two");
  CHECK(journal_has(L"\"faults\":[\"targetChanged\"]"));

  struct {
    SEC_CHANNEL_BINDINGS header;
    char data[8];
  } bindings = {{0}, "tls:abc"};
  bindings.header.cbApplicationDataLength = 7;
  bindings.header.dwApplicationDataOffset = sizeof bindings.header;
  SecBuffer input[2] = {{2, SECBUFFER_TOKEN, (void *)"S2"},
                        {sizeof bindings.header + 7, SECBUFFER_CHANNEL_BINDINGS, &bindings}};
  SecBufferDesc inputs = {SECBUFFER_VERSION, 2, input};
  SecBuffer output = {0, SECBUFFER_TOKEN, NULL};
  SecBufferDesc outputs = {SECBUFFER_VERSION, 1, &output};
  CtxtHandle given = side.context;
  CHECK_STATUS(InitializeSecurityContextW(&side.credential, &given, L"HTTP/one", 0, 0, SECURITY_NATIVE_DREP, &inputs, 0,
                                          &side.context, &outputs, &side.granted, &side.expiry),
               SEC_E_OK);
  CHECK(journal_has(L"\"faults\":[\"bindingsChanged\"]"));
  CHECK(journal_has(L"\"applicationData\":{\"length\":7,\"crc\":"));
  CHECK(journal_has(L"\"hex\":\"746c733a616263\"}"));
  stop(&side);
}

static void expiry_forms(void) {
  struct side side;
  start(&side,
        L"leg SEC_I_CONTINUE_NEEDED expiry=untouched; leg SEC_I_CONTINUE_NEEDED expiry=zero\n"
        L"leg SEC_I_CONTINUE_NEEDED expiry=never; leg SEC_I_CONTINUE_NEEDED expiry=2030-01-31T23:59:59\n"
        L"leg SEC_E_OK expiry=0x0123456789abcdef");
  client_leg(&side, NULL);
  CHECK(side.expiry.LowPart == 0x11111111 && side.expiry.HighPart == 0x22222222);
  client_leg(&side, "x");
  CHECK(side.expiry.LowPart == 0 && side.expiry.HighPart == 0);
  client_leg(&side, "x");
  CHECK(side.expiry.LowPart == 0xFFFFFFFF && side.expiry.HighPart == 0x7FFFFFFF);
  client_leg(&side, "x");
  SYSTEMTIME time;
  FILETIME file = {side.expiry.LowPart, (DWORD)side.expiry.HighPart};
  CHECK(FileTimeToSystemTime(&file, &time) && time.wYear == 2030 && time.wMonth == 1 && time.wSecond == 59);
  client_leg(&side, "x");
  CHECK(side.expiry.LowPart == 0x89abcdef && side.expiry.HighPart == 0x01234567);
  stop(&side);
}

static void credentials_fail_and_have_names(void) {
  CredHandle credential;
  CHECK_STATUS(acquire(L"acquire SEC_E_NO_CREDENTIALS", SECPKG_CRED_OUTBOUND, &credential), SEC_E_NO_CREDENTIALS);
  CHECK_STATUS(acquire(L"acquire 0xC0000001", SECPKG_CRED_OUTBOUND, &credential), (SECURITY_STATUS)0xC0000001);
  CHECK_STATUS(acquire(L"leg SEC_E_FROG", SECPKG_CRED_OUTBOUND, &credential), (SECURITY_STATUS)0xE0534352);
  CHECK(journal_has(L"\"scriptError\":\"statement 1: unknown status: SEC_E_FROG\""));

  SecPkgCredentials_NamesW names = {NULL};
  CHECK_STATUS(acquire(L"name \"CORP\\J\u00fcrgen\"", SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
  CHECK_STATUS(QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
  CHECK(names.sUserName && wcscmp(names.sUserName, L"CORP\\J\u00fcrgen") == 0);
  CHECK(journal_total(L"buffers") == 1);
  FreeContextBuffer(names.sUserName);
  CHECK(journal_total(L"buffers") == 0);
  FreeCredentialsHandle(&credential);

  CHECK_STATUS(acquire(L"name SEC_E_NO_CREDENTIALS", SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
  CHECK_STATUS(QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_NO_CREDENTIALS);
  FreeCredentialsHandle(&credential);
}

static void wrong_direction_is_refused(void) {
  struct side side;
  start_as(&side, L"Scripted", NULL, SECPKG_CRED_INBOUND);
  CHECK_STATUS(client_leg(&side, NULL), SEC_E_UNKNOWN_CREDENTIALS);
  stop(&side);
}

static void identities_are_recorded(void) {
  wchar_t password[] = L"s\u00e9cret", user[] = L"alice", domain[] = L"CORP", packages[] = L"Kerberos,!NTLM";
  SEC_WINNT_AUTH_IDENTITY_EXW identity = {SEC_WINNT_AUTH_IDENTITY_VERSION,
                                          sizeof identity,
                                          (unsigned short *)user,
                                          5,
                                          (unsigned short *)domain,
                                          4,
                                          (unsigned short *)password,
                                          6,
                                          SEC_WINNT_AUTH_IDENTITY_UNICODE,
                                          (unsigned short *)packages,
                                          14};
  CredHandle credential;
  CHECK_STATUS(acquire_from(L"Scripted", NULL, SECPKG_CRED_OUTBOUND, &identity, &credential), SEC_E_OK);
  CHECK(journal_has(L"\"kind\":\"SEC_WINNT_AUTH_IDENTITY_EXW\",\"version\":512"));
  CHECK(journal_has(L"\"user\":\"alice\",\"domain\":\"CORP\",\"packageList\":\"Kerberos,!NTLM\",\"passwordLength\":6"));
  CHECK(journal_has(L"\"passwordInPlace\":true"));
  CHECK(!journal_has(L"cret"));
  SecureZeroMemory(password, sizeof password);
  CHECK(journal_has(L"\"passwordInPlace\":false"));
  FreeCredentialsHandle(&credential);

  SEC_WINNT_AUTH_IDENTITY_W plain = {(unsigned short *)user, 5, NULL, 0, NULL, 0, SEC_WINNT_AUTH_IDENTITY_UNICODE};
  CHECK_STATUS(acquire_from(L"Scripted", NULL, SECPKG_CRED_OUTBOUND, &plain, &credential), SEC_E_OK);
  CHECK(journal_has(L"\"kind\":\"SEC_WINNT_AUTH_IDENTITY_W\""));
  CHECK(journal_has(L"\"domain\":null,\"packageList\":null,\"passwordLength\":null"));
  FreeCredentialsHandle(&credential);
}

static void establish(struct side *side, const wchar_t *more) {
  wchar_t script[1024] = L"leg SEC_I_CONTINUE_NEEDED token=text:C1; leg SEC_E_OK\n";
  wcsncat(script, more, 900);
  start_as(side, L"ScriptedStream", script, SECPKG_CRED_BOTH);
  CHECK_STATUS(client_leg(side, NULL), SEC_I_CONTINUE_NEEDED);
  CHECK_STATUS(client_leg(side, "S1"), SEC_E_OK);
}

static void attributes_are_given_and_refused(void) {
  struct side side;
  establish(&side,
            L"attr sizes maxtoken=1 signature=2 block=3 trailer=4; attr names name=\"CORP\\alice\"\n"
            L"attr nativenames client=c server=s; attr sessionkey key=hex:aabb; attr flags flags=0x10\n"
            L"attr packageinfo name=Kerberos comment=\"a b\" capabilities=7 version=9 rpcid=16 maxtoken=48000\n"
            L"attr negotiationinfo absent state=1; attr lifespan start=1 expiry=2\n"
            L"attr streamsizes header=5 trailer=36 message=16384 buffers=4 block=16\n"
            L"attr 30 SEC_E_TARGET_UNKNOWN");
  PCtxtHandle context = &side.context;
  SecPkgContext_Sizes sizes;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
  CHECK(sizes.cbMaxToken == 1 && sizes.cbMaxSignature == 2 && sizes.cbBlockSize == 3 && sizes.cbSecurityTrailer == 4);
  SecPkgContext_NamesW names;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
  CHECK(wcscmp(names.sUserName, L"CORP\\alice") == 0);
  SecPkgContext_NativeNamesW native;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_NATIVE_NAMES, &native), SEC_E_OK);
  CHECK(wcscmp(native.sClientName, L"c") == 0 && wcscmp(native.sServerName, L"s") == 0);
  SecPkgContext_SessionKey key;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
  CHECK(key.SessionKeyLength == 2 && key.SessionKey[0] == 0xAA && key.SessionKey[1] == 0xBB);
  SecPkgContext_PackageInfoW package;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
  CHECK(wcscmp(package.PackageInfo->Name, L"Kerberos") == 0 && wcscmp(package.PackageInfo->Comment, L"a b") == 0);
  CHECK(package.PackageInfo->fCapabilities == 7 && package.PackageInfo->cbMaxToken == 48000);
  SecPkgContext_NegotiationInfoW negotiation;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation), SEC_E_OK);
  CHECK(!negotiation.PackageInfo && negotiation.NegotiationState == 1);
  SecPkgContext_Lifespan lifespan;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_LIFESPAN, &lifespan), SEC_E_OK);
  CHECK(lifespan.tsStart.LowPart == 1 && lifespan.tsExpiry.LowPart == 2 && !lifespan.tsExpiry.HighPart);
  SecPkgContext_Flags flags;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
  CHECK(flags.Flags == 0x10);
  SecPkgContext_StreamSizes stream;
  CHECK_STATUS(QueryContextAttributesW(context, SECPKG_ATTR_STREAM_SIZES, &stream), SEC_E_OK);
  CHECK(stream.cbHeader == 5 && stream.cbTrailer == 36 && stream.cbMaximumMessage == 16384);
  CHECK_STATUS(QueryContextAttributesW(context, 30, &stream), SEC_E_TARGET_UNKNOWN);
  CHECK_STATUS(QueryContextAttributesW(context, 99, &stream), SEC_E_UNSUPPORTED_FUNCTION);

  CHECK(journal_total(L"buffers") == 5);
  FreeContextBuffer(names.sUserName);
  FreeContextBuffer(native.sClientName);
  FreeContextBuffer(native.sServerName);
  FreeContextBuffer(key.SessionKey);
  CHECK(journal_total(L"buffers") == 1);
  FreeContextBuffer(package.PackageInfo);
  CHECK(journal_total(L"buffers") == 0);
  stop(&side);
}

static void allocated_tokens_are_counted(void) {
  struct side side;
  SecBuffer output = {0, SECBUFFER_TOKEN, NULL};
  SecBufferDesc outputs = {SECBUFFER_VERSION, 1, &output};
  start(&side, L"leg SEC_E_OK token=text:C1");
  CHECK_STATUS(
      InitializeSecurityContextW(&side.credential, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP, NULL,
                                 0, &side.context, &outputs, &side.granted, &side.expiry),
      SEC_E_OK);
  side.has_context = true;
  CHECK(output.cbBuffer == 2 && memcmp(output.pvBuffer, "C1", 2) == 0);
  CHECK(journal_total(L"buffers") == 1);
  FreeContextBuffer(output.pvBuffer);
  CHECK(journal_total(L"buffers") == 0);
  stop(&side);
}

static void gss_messages_round_trip(void) {
  struct side side;
  establish(&side, L"encrypt token=28 padding=3 times=2; encrypt SEC_E_CONTEXT_EXPIRED");
  unsigned char message[256], token[64], padding[16];
  for (int i = 0; i < 2; i++) {
    ULONG qop_given = i ? SECQOP_WRAP_NO_ENCRYPT : 0;
    memcpy(message + 28, "hello", 5);
    SecBuffer parts[3] = {
        {60, SECBUFFER_TOKEN, token}, {5, SECBUFFER_DATA, message + 28}, {16, SECBUFFER_PADDING, padding}};
    SecBufferDesc sealed = {SECBUFFER_VERSION, 3, parts};
    CHECK_STATUS(EncryptMessage(&side.context, qop_given, &sealed, 0), SEC_E_OK);
    CHECK(parts[0].cbBuffer == 28 && parts[2].cbBuffer == 3);
    CHECK((memcmp(message + 28, "hello", 5) == 0) == (i == 1));
    memcpy(message, token, 28);
    memcpy(message + 33, padding, 3);
    SecBuffer wrapped[2] = {{36, SECBUFFER_STREAM, message}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc opened = {SECBUFFER_VERSION, 2, wrapped};
    ULONG qop = 0x77;
    CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, &qop), SEC_E_OK);
    CHECK(qop == qop_given && wrapped[1].cbBuffer == 5 && memcmp(wrapped[1].pvBuffer, "hello", 5) == 0);
    CHECK((unsigned char *)wrapped[1].pvBuffer == message + 28);
  }
  SecBuffer parts[2] = {{60, SECBUFFER_TOKEN, token}, {5, SECBUFFER_DATA, message}};
  SecBufferDesc sealed = {SECBUFFER_VERSION, 2, parts};
  CHECK_STATUS(EncryptMessage(&side.context, 0, &sealed, 0), SEC_E_CONTEXT_EXPIRED);
  stop(&side);
}

static void tampering_and_reordering_are_noticed(void) {
  struct side side;
  establish(&side, L"encrypt token=24; decrypt times=3; decrypt stream=off; decrypt qop=0x80000001");
  unsigned char messages[3][64];
  SecBuffer stream[2];
  SecBufferDesc opened = {SECBUFFER_VERSION, 2, stream};
  ULONG qop;
  for (int i = 0; i < 3; i++) {
    memcpy(messages[i] + 24, "data", 4);
    SecBuffer parts[2] = {{24, SECBUFFER_TOKEN, messages[i]}, {4, SECBUFFER_DATA, messages[i] + 24}};
    SecBufferDesc sealed = {SECBUFFER_VERSION, 2, parts};
    CHECK_STATUS(EncryptMessage(&side.context, 0, &sealed, 0), SEC_E_OK);
  }
  unsigned char tampered[28];
  memcpy(tampered, messages[0], 28);
  tampered[25] ^= 1;
  stream[0] = (SecBuffer){28, SECBUFFER_STREAM, tampered}, stream[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, &qop), SEC_E_MESSAGE_ALTERED);
  stream[0] = (SecBuffer){27, SECBUFFER_STREAM, messages[0]}, stream[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, &qop), SEC_E_INVALID_TOKEN);
  stream[0] = (SecBuffer){28, SECBUFFER_STREAM, messages[1]}, stream[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, &qop), SEC_E_OK); /* no sequenceDetect was granted */
  stream[0] = (SecBuffer){28, SECBUFFER_STREAM, messages[0]}, stream[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, &qop), SEC_E_INVALID_TOKEN); /* stream=off */
  SecBuffer parts[2] = {{24, SECBUFFER_TOKEN, messages[2]}, {4, SECBUFFER_DATA, messages[2] + 24}};
  SecBufferDesc pair = {SECBUFFER_VERSION, 2, parts};
  CHECK_STATUS(DecryptMessage(&side.context, &pair, 0, &qop), SEC_E_OK);
  CHECK(qop == SECQOP_WRAP_NO_ENCRYPT && memcmp(messages[2] + 24, "data", 4) == 0);
  stop(&side);
}

static void signatures_round_trip(void) {
  struct side side;
  establish(&side, L"sign token=40");
  unsigned char token[64], data[4] = {1, 2, 3, 4};
  SecBuffer parts[2] = {{64, SECBUFFER_TOKEN, token}, {4, SECBUFFER_DATA, data}};
  SecBufferDesc message = {SECBUFFER_VERSION, 2, parts};
  ULONG qop = 9;
  CHECK_STATUS(MakeSignature(&side.context, 5, &message, 0), SEC_E_OK);
  CHECK(parts[0].cbBuffer == 40 && data[0] == 1);
  CHECK_STATUS(VerifySignature(&side.context, &message, 0, &qop), SEC_E_OK);
  CHECK(qop == 5);
  data[3] ^= 1;
  CHECK_STATUS(VerifySignature(&side.context, &message, 0, &qop), SEC_E_MESSAGE_ALTERED);
  stop(&side);
}

static void stream_records_are_cut(void) {
  struct side side;
  establish(&side, L"encrypt token=24 padding=4");
  unsigned char record[64];
  memcpy(record + 24, "payload", 7);
  SecBuffer parts[4] = {{24, SECBUFFER_STREAM_HEADER, record},
                        {7, SECBUFFER_DATA, record + 24},
                        {8, SECBUFFER_STREAM_TRAILER, record + 31},
                        {0, SECBUFFER_EMPTY, NULL}};
  SecBufferDesc message = {SECBUFFER_VERSION, 4, parts};
  CHECK_STATUS(EncryptMessage(&side.context, 0, &message, 0), SEC_E_OK);
  CHECK(parts[0].cbBuffer == 24 && parts[2].cbBuffer == 4);
  memcpy(record + 35, "next", 4);

  SecBuffer arrived[4] = {{20, SECBUFFER_DATA, record}, {0}, {0}, {0}};
  SecBufferDesc opened = {SECBUFFER_VERSION, 4, arrived};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, NULL), SEC_E_INCOMPLETE_MESSAGE);
  CHECK(arrived[1].BufferType == SECBUFFER_MISSING && arrived[1].cbBuffer == 4);
  arrived[0].cbBuffer = 39;
  arrived[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
  CHECK_STATUS(DecryptMessage(&side.context, &opened, 0, NULL), SEC_E_OK);
  CHECK(arrived[1].BufferType == SECBUFFER_DATA && arrived[1].cbBuffer == 7);
  CHECK(memcmp(arrived[1].pvBuffer, "payload", 7) == 0);
  CHECK(arrived[3].BufferType == SECBUFFER_EXTRA && arrived[3].cbBuffer == 4);
  stop(&side);
}

static void identity_is_lent_and_taken_back(void) {
  struct side side;
  establish(&side, L"");
  HANDLE thread_token;
  CHECK_STATUS(ImpersonateSecurityContext(&side.context), SEC_E_OK);
  CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread_token) && CloseHandle(thread_token));
  CHECK_STATUS(RevertSecurityContext(&side.context), SEC_E_OK);
  CHECK(!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread_token));
  CHECK(journal_has(L"\"impersonating\":true"));
  HANDLE token = NULL;
  CHECK_STATUS(QuerySecurityContextToken(&side.context, &token), SEC_E_OK);
  CHECK(journal_total(L"handles") == 1);
  CHECK(CloseHandle(token));
  CHECK(journal_total(L"handles") == 0);
  stop(&side);

  establish(&side, L"control SEC_E_ILLEGAL_MESSAGE; delete SEC_E_INTERNAL_ERROR");
  SecBufferDesc none = {SECBUFFER_VERSION, 0, NULL};
  CHECK_STATUS(ApplyControlToken(&side.context, &none), SEC_E_ILLEGAL_MESSAGE);
  CHECK_STATUS(DeleteSecurityContext(&side.context), SEC_E_INTERNAL_ERROR);
  CHECK_STATUS(FreeCredentialsHandle(&side.credential), SEC_E_OK);

  establish(&side, L"impersonate SEC_E_NO_IMPERSONATION; accesstoken SEC_E_NO_IMPERSONATION");
  CHECK_STATUS(ImpersonateSecurityContext(&side.context), SEC_E_NO_IMPERSONATION);
  CHECK_STATUS(QuerySecurityContextToken(&side.context, &token), SEC_E_NO_IMPERSONATION);
  stop(&side);
}

static DWORD WINAPI delayed_leg(void *parameter) { return (DWORD)client_leg(parameter, "S1"); }

static void delays_gates_and_overlaps(void) {
  struct side side;
  start(&side, L"leg SEC_I_CONTINUE_NEEDED delay=60; leg SEC_E_OK gate=g1; attr names gate=g1");
  ULONGLONG before = GetTickCount64();
  client_leg(&side, NULL);
  CHECK(GetTickCount64() - before >= 45);

  CtxtHandle handle = side.context;
  HANDLE thread = CreateThread(NULL, 0, delayed_leg, &side, 0, NULL);
  while (!journal_has(L"\"running\":true")) Sleep(1);
  SecPkgContext_Sizes sizes;
  CHECK_STATUS(QueryContextAttributesW(&handle, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
  CHECK(journal_has(L"\"faults\":[\"overlap\"]"));
  CHECK(WaitForSingleObject(thread, 20) == WAIT_TIMEOUT);
  CredHandle gate;
  CHECK_STATUS(acquire(L"open g1", SECPKG_CRED_OUTBOUND, &gate), SEC_E_OK);
  FreeCredentialsHandle(&gate);
  CHECK(WaitForSingleObject(thread, 5000) == WAIT_OBJECT_0);
  DWORD status = 1;
  GetExitCodeThread(thread, &status);
  CloseHandle(thread);
  CHECK(status == SEC_E_OK && journal_total(L"mostRunning") == 2);
  stop(&side);
}

static DWORD WINAPI gated_encrypt(void *parameter) {
  unsigned char token[32];
  SecBuffer part = {32, SECBUFFER_TOKEN, token};
  SecBufferDesc message = {SECBUFFER_VERSION, 1, &part};
  return (DWORD)EncryptMessage(parameter, 0, &message, 0);
}

static void sending_and_receiving_may_overlap(void) {
  struct side side;
  establish(&side, L"encrypt gate=g2");
  unsigned char token[32];
  SecBuffer part = {32, SECBUFFER_TOKEN, token};
  SecBufferDesc message = {SECBUFFER_VERSION, 1, &part};
  CHECK_STATUS(MakeSignature(&side.context, 0, &message, 0), SEC_E_OK);
  HANDLE thread = CreateThread(NULL, 0, gated_encrypt, &side.context, 0, NULL);
  while (!journal_has(L"\"running\":true")) Sleep(1);
  CHECK_STATUS(VerifySignature(&side.context, &message, 0, NULL), SEC_E_OK);
  CHECK(journal_total(L"faultTotal") == 0);
  CHECK_STATUS(MakeSignature(&side.context, 0, &message, 0), SEC_E_OK);
  CHECK(journal_total(L"overlap") == 1);
  SecPkgContext_Sizes sizes;
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
  CHECK(journal_total(L"overlap") == 2);
  CHECK_STATUS(DeleteSecurityContext(&side.context), SEC_E_OK);
  CHECK(journal_total(L"deleteDuringCall") == 1 && journal_total(L"contexts") == 0);
  side.has_context = false;
  CredHandle gate;
  CHECK_STATUS(acquire(L"open g2", SECPKG_CRED_OUTBOUND, &gate), SEC_E_OK);
  FreeCredentialsHandle(&gate);
  CHECK(WaitForSingleObject(thread, 5000) == WAIT_OBJECT_0);
  CloseHandle(thread);
  stop(&side);
}

static void careless_ends_are_faults(void) {
  struct side side;
  read_journal(L"journal clear");
  start(&side, L"leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK");
  client_leg(&side, NULL);
  CHECK_STATUS(FreeCredentialsHandle(&side.credential), SEC_E_OK);
  CHECK(journal_has(L"\"faults\":[\"orphan\"]"));
  CHECK(journal_total(L"credentials") == 0 && journal_total(L"contexts") == 1);
  CHECK_STATUS(DeleteSecurityContext(&side.context), SEC_E_OK);
  CHECK(journal_total(L"contexts") == 0);
  CHECK(journal_total(L"faultTotal") == 1);
}

static void tags_select_calls(void) {
  CredHandle one, two;
  acquire(L"tag one", SECPKG_CRED_OUTBOUND, &one);
  acquire(L"tag two", SECPKG_CRED_OUTBOUND, &two);
  CHECK(wcsstr(read_journal(L"journal tag=one"), L"\"tag\":\"one\"") != NULL);
  CHECK(wcsstr(read_journal(L"journal tag=one"), L"\"tag\":\"two\"") == NULL);
  FreeCredentialsHandle(&one);
  FreeCredentialsHandle(&two);
}

static void kept_contexts_survive_a_failed_first_leg(void) {
  struct side side;
  start(&side, L"asc SEC_E_LOGON_DENIED keep token=text:no");
  CHECK_STATUS(server_leg(&side, "C1"), SEC_E_LOGON_DENIED);
  CHECK(put_out(&side, "no") && journal_total(L"contexts") == 1);
  side.has_context = true;
  stop(&side);
}

static void other_credentials_may_take_over(void) {
  struct side side;
  CredHandle other, first;
  start(&side, L"isc SEC_I_INCOMPLETE_CREDENTIALS; isc SEC_E_OK token=text:C1");
  CHECK_STATUS(acquire(NULL, SECPKG_CRED_OUTBOUND, &other), SEC_E_OK);
  CHECK_STATUS(client_leg(&side, NULL), SEC_I_INCOMPLETE_CREDENTIALS);
  first = side.credential;
  side.credential = other;
  CHECK_STATUS(client_leg(&side, "S1"), SEC_E_OK);
  CHECK(put_out(&side, "C1") && journal_has(L"\"otherCredential\":"));
  stop(&side);
  CHECK_STATUS(FreeCredentialsHandle(&first), SEC_E_OK);
}

static void buffer_types_change_and_alerts_are_put_out(void) {
  struct side side;
  start(&side, L"isc SEC_I_CONTINUE_NEEDED type=7 inputtype=6 token=text:C1; isc SEC_E_ILLEGAL_MESSAGE alert=hex:0228");
  CHECK_STATUS(client_leg(&side, "x"), SEC_I_CONTINUE_NEEDED);
  CHECK(side.output.BufferType == 7 && side.input[0].BufferType == 6 && put_out(&side, "C1"));
  unsigned char alert[2] = {0};
  SecBuffer output = {sizeof alert, SECBUFFER_ALERT, alert};
  SecBufferDesc outputs = {SECBUFFER_VERSION, 1, &output};
  CtxtHandle given = side.context;
  CHECK_STATUS(
      InitializeSecurityContextW(&side.credential, &given, L"HTTP/test", ISC_REQ_MUTUAL_AUTH, 0, SECURITY_NATIVE_DREP,
                                 NULL, 0, &side.context, &outputs, &side.granted, &side.expiry),
      SEC_E_ILLEGAL_MESSAGE);
  CHECK(output.cbBuffer == 2 && alert[0] == 2 && alert[1] == 0x28);
  stop(&side);
}

static void deleted_handles_are_known(void) {
  struct side side;
  start(&side, L"leg SEC_I_CONTINUE_NEEDED");
  client_leg(&side, NULL);
  CtxtHandle context = side.context;
  stop(&side);
  CHECK_STATUS(DeleteSecurityContext(&context), SEC_E_INVALID_HANDLE);
  CHECK(journal_has(L"\"faults\":[\"doubleDelete\"]"));
  SecPkgContext_Sizes sizes;
  CHECK_STATUS(QueryContextAttributesW(&context, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
  CHECK(journal_has(L"\"faults\":[\"useAfterDelete\"]"));
  CHECK_STATUS(FreeCredentialsHandle(&side.credential), SEC_E_INVALID_HANDLE);
  CHECK(journal_total(L"doubleDelete") == 2 && journal_total(L"useAfterDelete") == 1);
  context.dwLower = 12;
  CHECK_STATUS(DeleteSecurityContext(&context), SEC_E_INVALID_HANDLE);
  CHECK(journal_total(L"unknownHandle") == 1);
}

static void absent_attributes_are_null(void) {
  struct side side;
  establish(&side,
            L"attr names absent; attr nativenames absent server=s; attr sessionkey absent; attr packageinfo absent");
  SecPkgContext_NamesW names = {(SEC_WCHAR *)L"x"};
  SecPkgContext_NativeNamesW native;
  SecPkgContext_SessionKey key = {9, NULL};
  SecPkgContext_PackageInfoW package;
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_NATIVE_NAMES, &native), SEC_E_OK);
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
  CHECK_STATUS(QueryContextAttributesW(&side.context, SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
  CHECK(!names.sUserName && !native.sClientName && wcscmp(native.sServerName, L"s") == 0);
  CHECK(!key.SessionKeyLength && !key.SessionKey && !package.PackageInfo);
  FreeContextBuffer(native.sServerName);
  stop(&side);
}

static void read_only_data_stays_and_may_be_covered(void) {
  struct side side;
  establish(&side, L"encrypt token=24");
  unsigned char token[24], header[4] = "head", body[4] = "body", sign[4] = "sign";
  SecBuffer parts[4] = {{4, SECBUFFER_DATA | SECBUFFER_READONLY, header},
                        {4, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, sign},
                        {4, SECBUFFER_DATA, body},
                        {24, SECBUFFER_TOKEN, token}};
  SecBufferDesc message = {SECBUFFER_VERSION, 4, parts};
  CHECK_STATUS(EncryptMessage(&side.context, 0, &message, 0), SEC_E_OK);
  CHECK(memcmp(header, "head", 4) == 0 && memcmp(sign, "sign", 4) == 0 && memcmp(body, "body", 4) != 0);
  header[0] ^= 1;
  CHECK_STATUS(DecryptMessage(&side.context, &message, 0, NULL), SEC_E_OK);
  CHECK(memcmp(body, "body", 4) == 0);
  CHECK_STATUS(EncryptMessage(&side.context, 0, &message, 0), SEC_E_OK);
  sign[0] ^= 1;
  CHECK_STATUS(DecryptMessage(&side.context, &message, 0, NULL), SEC_E_MESSAGE_ALTERED);
  stop(&side);
}

static void sequences_are_checked_where_that_was_granted(void) {
  struct side side;
  start(&side, L"leg SEC_E_OK flags=0x8");
  client_leg(&side, NULL);
  unsigned char tokens[2][32];
  for (int i = 0; i < 2; i++) {
    SecBuffer part = {32, SECBUFFER_TOKEN, tokens[i]};
    SecBufferDesc message = {SECBUFFER_VERSION, 1, &part};
    CHECK_STATUS(MakeSignature(&side.context, 0, &message, 0), SEC_E_OK);
  }
  static const int order[] = {0, 1, 1};
  for (int i = 0; i < 3; i++) {
    SecBuffer part = {32, SECBUFFER_TOKEN, tokens[order[i]]};
    SecBufferDesc message = {SECBUFFER_VERSION, 1, &part};
    CHECK_STATUS(VerifySignature(&side.context, &message, 0, NULL), i == 2 ? SEC_E_OUT_OF_SEQUENCE : SEC_E_OK);
  }
  stop(&side);
}

static void messages_answer_with_information(void) {
  struct side side;
  establish(&side, L"decrypt SEC_I_RENEGOTIATE; decrypt SEC_E_DECRYPT_FAILURE times=2; decrypt qop=untouched");
  static const SECURITY_STATUS expected[] = {SEC_I_RENEGOTIATE, SEC_E_DECRYPT_FAILURE, SEC_E_DECRYPT_FAILURE, SEC_E_OK};
  unsigned char token[32], data[2] = {1, 2};
  SecBuffer parts[2] = {{32, SECBUFFER_TOKEN, token}, {2, SECBUFFER_DATA, data}};
  SecBufferDesc message = {SECBUFFER_VERSION, 2, parts};
  for (int i = 0; i < 4; i++) {
    ULONG qop = 0x55;
    data[0] = 1, data[1] = 2;
    CHECK_STATUS(EncryptMessage(&side.context, 0, &message, 0), SEC_E_OK);
    CHECK_STATUS(DecryptMessage(&side.context, &message, 0, &qop), expected[i]);
    CHECK((data[0] == 1) == (expected[i] >= 0));
    CHECK(qop == (i == 0 ? 0 : 0x55));
  }
  SecBuffer small[2] = {{31, SECBUFFER_TOKEN, token}, {2, SECBUFFER_DATA, data}};
  SecBufferDesc tight = {SECBUFFER_VERSION, 2, small};
  CHECK_STATUS(EncryptMessage(&side.context, 0, &tight, 0), SEC_E_BUFFER_TOO_SMALL);
  stop(&side);
}

static void errors_in_scripts_are_named(void) {
  static const struct {
    const wchar_t *script, *error;
  } mistakes[] = {
      {L"leg", L"statement 1: a leg starts with its status"},
      {L"leg SEC_E_OK;;frog", L"statement 3: unknown statement: frog"},
      {L"leg SEC_E_OK token=hex:123", L"not whole bytes in hexadecimal: 123"},
      {L"leg SEC_E_OK token=frog", L"bytes are empty, hex:..., text:... or size:..., not: frog"},
      {L"leg SEC_E_OK token=size:99999999999", L"not a number of 32 bits: 99999999999"},
      {L"leg SEC_E_OK flags=requested*2", L"flags are requested, none or a number"},
      {L"leg SEC_E_OK expiry=tomorrow", L"a time is untouched"},
      {L"leg SEC_E_OK frog=1", L"unknown word: frog"},
      {L"leg SEC_E_OK \"token=text:x", L"a quote is not closed"},
      {L"encrypt token=23", L"out of range: 23"},
      {L"decrypt token=30", L"unknown word: token"},
      {L"attr frogs", L"not a number of 32 bits: frogs"},
      {L"attr sizes name=x", L"unknown word: name"},
      {L"name a=b", L"unknown word: a"},
      {L"tag a b", L"one name is needed"},
      {L"delete frog", L"unknown status: frog"},
  };
  CredHandle credential;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    CHECK_STATUS(acquire(mistakes[i].script, SECPKG_CRED_OUTBOUND, &credential), (SECURITY_STATUS)0xE0534352);
    if (!journal_has(mistakes[i].error)) {
      check(false, "the journal names the mistake", __LINE__);
      printf("    wanted: %ls\n", mistakes[i].error);
    }
  }
}

static void journal_drops_the_oldest_calls(void) {
  CredHandle credential;
  for (int i = 0; i < 2100; i++) {
    acquire(i ? NULL : L"tag oldest", SECPKG_CRED_OUTBOUND, &credential);
    FreeCredentialsHandle(&credential);
    if (i == 0) CHECK(journal_has(L"\"tag\":\"oldest\""));
  }
  CHECK(!journal_has(L"\"tag\":\"oldest\""));
  CHECK(journal_total(L"total") == 4200 && journal_total(L"dropped") == 4200 - 4096);
}

static DWORD WINAPI exchange_many_times(void *parameter) {
  (void)parameter;
  for (int i = 0; i < 200; i++) {
    struct side client, server;
    start(&client, NULL);
    start(&server, NULL);
    CHECK_STATUS(client_leg(&client, NULL), SEC_I_CONTINUE_NEEDED);
    CHECK_STATUS(server_leg(&server, "C1"), SEC_E_OK);
    CHECK_STATUS(client_leg(&client, "S1"), SEC_E_OK);
    SecPkgContext_NamesW names;
    CHECK_STATUS(QueryContextAttributesW(&server.context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    FreeContextBuffer(names.sUserName);
    stop(&client);
    stop(&server);
  }
  return 0;
}

static void many_threads_leave_nothing_behind(void) {
  read_journal(L"journal clear");
  HANDLE threads[4];
  for (int i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, exchange_many_times, NULL, 0, NULL);
  WaitForMultipleObjects(4, threads, TRUE, INFINITE);
  for (int i = 0; i < 4; i++) CloseHandle(threads[i]);
  CHECK(journal_total(L"faultTotal") == 0 && journal_total(L"running") == 0);
  CHECK(journal_total(L"total") == 4 * 200 * 10);
}

static const struct {
  const char *name;
  void (*run)(void);
} tests[] = {
#define TEST(function) {#function, function}
    TEST(packages_are_listed),
    TEST(default_exchange_ends_on_both_sides),
    TEST(legs_play_in_order_with_every_kind_of_token),
    TEST(unexpected_input_is_refused),
    TEST(failure_may_carry_an_error_token),
    TEST(failed_call_may_leave_stale_bytes),
    TEST(too_small_buffers_are_refused),
    TEST(incomplete_messages_and_extra_bytes_are_told),
    TEST(incomplete_first_leg_goes_on_without_a_context),
    TEST(completion_is_asked_for_and_checked),
    TEST(skipped_and_wrong_completion_are_faults),
    TEST(completion_of_a_first_leg),
    TEST(handles_rotate),
    TEST(handles_rotate_in_place),
    TEST(changed_target_and_bindings_are_faults),
    TEST(expiry_forms),
    TEST(credentials_fail_and_have_names),
    TEST(wrong_direction_is_refused),
    TEST(identities_are_recorded),
    TEST(attributes_are_given_and_refused),
    TEST(allocated_tokens_are_counted),
    TEST(gss_messages_round_trip),
    TEST(tampering_and_reordering_are_noticed),
    TEST(signatures_round_trip),
    TEST(stream_records_are_cut),
    TEST(identity_is_lent_and_taken_back),
    TEST(delays_gates_and_overlaps),
    TEST(sending_and_receiving_may_overlap),
    TEST(careless_ends_are_faults),
    TEST(tags_select_calls),
    TEST(kept_contexts_survive_a_failed_first_leg),
    TEST(other_credentials_may_take_over),
    TEST(buffer_types_change_and_alerts_are_put_out),
    TEST(deleted_handles_are_known),
    TEST(absent_attributes_are_null),
    TEST(read_only_data_stays_and_may_be_covered),
    TEST(sequences_are_checked_where_that_was_granted),
    TEST(messages_answer_with_information),
    TEST(errors_in_scripts_are_named),
    TEST(journal_drops_the_oldest_calls),
    TEST(many_threads_leave_nothing_behind),
};

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    int before = failed_checks;
    read_journal(L"journal clear");
    tests[i].run();
    CHECK(journal_total(L"credentials") == 0 && journal_total(L"contexts") == 0);
    CHECK(journal_total(L"buffers") == 0 && journal_total(L"handles") == 0 && journal_total(L"running") == 0);
    bool ok = failed_checks == before;
    ok ? passed_tests++ : failed_tests++;
    printf("%s %s\n", ok ? "ok  " : "FAIL", tests[i].name);
  }
  printf("%d passed, %d failed\n", passed_tests, failed_tests);
  return failed_tests;
}
