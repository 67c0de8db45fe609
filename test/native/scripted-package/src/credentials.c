/* AcquireCredentialsHandle, FreeCredentialsHandle, QueryCredentialsAttributes. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "functions.h"
#include "handout.h"
#include "journal.h"
#include "lock.h"
#include "pause.h"
#include "state.h"
#include "status.h"

/* One form for the identity structures of sspi.h; offsets of the packed one are resolved. */
struct identity {
  const wchar_t *kind;
  unsigned long version, size, flags;
  const void *user, *domain, *password, *package_list;
  unsigned long user_length, domain_length, password_length, package_list_length; /* in characters */
};

static struct identity read_identity(const void *given) {
  const SEC_WINNT_AUTH_IDENTITY_EXW *ex = given;
  const SEC_WINNT_AUTH_IDENTITY_W *plain = given;
  if (ex->Version == SEC_WINNT_AUTH_IDENTITY_VERSION) {
    struct identity identity = {L"SEC_WINNT_AUTH_IDENTITY_EXW",
                                ex->Version,
                                ex->Length,
                                ex->Flags,
                                ex->User,
                                ex->Domain,
                                ex->Password,
                                ex->PackageList,
                                ex->UserLength,
                                ex->DomainLength,
                                ex->PasswordLength,
                                ex->PackageListLength};
    return identity;
  }
  if (ex->Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2) {
    const SEC_WINNT_AUTH_IDENTITY_EX2 *packed = given;
    const char *base = given;
    struct identity identity = {.kind = L"SEC_WINNT_AUTH_IDENTITY_EX2",
                                .version = packed->Version,
                                .size = packed->cbStructureLength,
                                .flags = packed->Flags | SEC_WINNT_AUTH_IDENTITY_UNICODE,
                                .user = packed->UserOffset ? base + packed->UserOffset : NULL,
                                .user_length = packed->UserLength / sizeof(wchar_t),
                                .domain = packed->DomainOffset ? base + packed->DomainOffset : NULL,
                                .domain_length = packed->DomainLength / sizeof(wchar_t),
                                .package_list = packed->PackageListOffset ? base + packed->PackageListOffset : NULL,
                                .package_list_length = packed->PackageListLength / sizeof(wchar_t)};
    return identity;
  }
  struct identity identity = {.kind = L"SEC_WINNT_AUTH_IDENTITY_W",
                              .size = sizeof *plain,
                              .flags = plain->Flags,
                              .user = plain->User,
                              .user_length = plain->UserLength,
                              .domain = plain->Domain,
                              .domain_length = plain->DomainLength,
                              .password = plain->Password,
                              .password_length = plain->PasswordLength};
  return identity;
}

static void add_field(struct text *json, const wchar_t *key, const void *value, unsigned long length, bool unicode) {
  text_add(json, L",\"");
  text_add(json, key);
  text_add(json, L"\":");
  if (!value || unicode) {
    text_add_json(json, value, length);
    return;
  }
  wchar_t *wide = allocate((length + 1) * sizeof *wide);
  for (unsigned long i = 0; i < length; i++) wide[i] = ((const unsigned char *)value)[i];
  text_add_json(json, wide, length);
  free(wide);
}

static void record_identity(struct call *call, const void *given) {
  struct text json = {0};
  if (given) {
    struct identity identity = read_identity(given);
    bool unicode = (identity.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE) != 0;
    size_t password_size = identity.password ? identity.password_length * (unicode ? sizeof(wchar_t) : 1) : 0;
    text_add(&json, L"{\"kind\":");
    text_add_json(&json, identity.kind, wcslen(identity.kind));
    text_add(&json, L",\"version\":");
    text_add_number(&json, identity.version);
    text_add(&json, L",\"size\":");
    text_add_number(&json, identity.size);
    text_add(&json, L",\"flags\":");
    text_add_number(&json, identity.flags);
    add_field(&json, L"user", identity.user, identity.user_length, unicode);
    add_field(&json, L"domain", identity.domain, identity.domain_length, unicode);
    add_field(&json, L"packageList", identity.package_list, identity.package_list_length, unicode);
    text_add(&json, L",\"passwordLength\":");
    if (identity.password) {
      text_add_number(&json, identity.password_length);
      text_add(&json, L",\"passwordCrc\":");
      text_add_number(&json, crc32_of(0, identity.password, password_size));
      call_password(call, identity.password, password_size);
    } else {
      text_add(&json, L"null");
    }
    text_add(&json, L"}");
  }
  call_json(call, L"identity", &json);
  text_clear(&json);
}

static SECURITY_STATUS acquire(struct call *call, struct script *script, const SecPkgInfoW *package, ULONG use,
                               PCredHandle handle, PTimeStamp expiry) {
  pause_here(&script->acquire.pause);
  if (script->acquire.status < 0) {
    script_free(script);
    return script->acquire.status;
  }
  lock();
  struct credential *credential = credential_create(script, package, use);
  call_about(call, credential, NULL);
  handle_write(handle, NULL, 0, credential->id);
  unlock();
  moment_write(&script->credential_expiry, expiry);
  return script->acquire.status;
}

/* Journals and gates serve the test; they leave no trace of themselves. */
static SECURITY_STATUS acquire_tool(struct script *script, const SecPkgInfoW *package, ULONG use, PCredHandle handle) {
  if (script->purpose == WORKS_GATE)
    gate_set(script->gate, script->open_gate);
  else if (script->clear_journal)
    journal_clear();
  else if (script->stop_journal)
    journal_stop();
  lock();
  handle_write(handle, NULL, 0, credential_create(script, package, use)->id);
  unlock();
  return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY scripted_acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use, void *logon_id,
                                           void *identity, SEC_GET_KEY_FN get_key, void *get_key_argument,
                                           PCredHandle handle, PTimeStamp expiry) {
  wchar_t error[256] = L"";
  struct script *script = script_read(principal, error, sizeof error / sizeof *error);
  if (script && script->purpose != PLAYS) return acquire_tool(script, package_named(package), use, handle);

  struct call *call = call_open(L"AcquireCredentialsHandle");
  call_text(call, L"package", package);
  call_number(call, L"use", use);
  record_identity(call, identity);
  if (logon_id || get_key || get_key_argument) call_bool(call, L"logonIdOrKeyFunction", true);
  if (script) return call_close(call, acquire(call, script, package_named(package), use, handle, expiry));
  call_text(call, L"scriptError", error);
  return call_close(call, STATUS_BAD_SCRIPT);
}

SECURITY_STATUS SEC_ENTRY scripted_free(PCredHandle handle) {
  lock();
  struct credential *credential = credential_find(handle);
  bool plays = !credential || credential->script->purpose == PLAYS;
  struct call *call = plays ? call_open(L"FreeCredentialsHandle") : NULL;
  if (!credential) {
    call_fault(call, handle && handle_was_given(handle) ? FAULT_DOUBLE_DELETE : FAULT_UNKNOWN_HANDLE);
    unlock();
    return call_close(call, SEC_E_INVALID_HANDLE);
  }
  call_about(call, credential, NULL);
  if (credential->contexts) call_fault(call, FAULT_ORPHAN);
  credential->freed = true;
  unlock();

  pause_here(&credential->script->free.pause);
  SECURITY_STATUS status = credential->script->free.status;
  lock();
  credential_release(credential);
  unlock();
  return call_close(call, status);
}

static SECURITY_STATUS give_name(const wchar_t *name, void *buffer) {
  SecPkgCredentials_NamesW *names = buffer;
  names->sUserName = handout_text(name);
  return SEC_E_OK;
}

static SECURITY_STATUS read_journal(const struct script *script, void *buffer) {
  struct text json = {0};
  journal_write(&json, script->filter, !script->without_calls);
  SECURITY_STATUS status = give_name(json.chars, buffer);
  text_clear(&json);
  return status;
}

SECURITY_STATUS SEC_ENTRY scripted_query_credentials(PCredHandle handle, ULONG attribute, void *buffer) {
  lock();
  struct credential *credential = credential_find(handle);
  if (credential) credential->references++;
  unlock();
  if (credential && credential->script->purpose != PLAYS) {
    bool readable = credential->script->purpose == READS_JOURNAL && attribute == SECPKG_CRED_ATTR_NAMES;
    SECURITY_STATUS status = readable ? read_journal(credential->script, buffer) : SEC_E_UNSUPPORTED_FUNCTION;
    lock();
    credential_release(credential);
    unlock();
    return status;
  }

  struct call *call = call_open(L"QueryCredentialsAttributes");
  call_number(call, L"attribute", attribute);
  if (!credential) {
    call_fault(call, handle && handle_was_given(handle) ? FAULT_USE_AFTER_DELETE : FAULT_UNKNOWN_HANDLE);
    return call_close(call, SEC_E_INVALID_HANDLE);
  }
  call_about(call, credential, NULL);
  pause_here(&credential->script->query_name.pause);
  SECURITY_STATUS status = credential->script->query_name.status;
  if (attribute != SECPKG_CRED_ATTR_NAMES)
    status = SEC_E_UNSUPPORTED_FUNCTION;
  else if (status >= 0)
    give_name(credential->script->name ? credential->script->name : L"SCRIPTED\\credential", buffer);
  lock();
  credential_release(credential);
  unlock();
  return call_close(call, status);
}
