/* DeleteSecurityContext, ApplyControlToken, and the calls that lend the peer's identity. */
#include "client.h"
#include "functions.h"
#include "handout.h"
#include "journal.h"
#include "lock.h"
#include "pause.h"
#include "state.h"

SECURITY_STATUS SEC_ENTRY scripted_delete(PCtxtHandle handle) {
  struct call *call = call_open(L"DeleteSecurityContext");
  bool stale;
  lock();
  struct context *context = context_find(handle, &stale);
  if (!context || stale) {
    enum fault fault = handle && handle_was_given(handle) ? FAULT_DOUBLE_DELETE : FAULT_UNKNOWN_HANDLE;
    call_about(call, NULL, context);
    call_fault(call, stale ? FAULT_STALE_HANDLE : fault);
    unlock();
    return call_close(call, SEC_E_INVALID_HANDLE);
  }
  call_about(call, NULL, context);
  call_bool(call, L"established", context->established);
  if (context->users[SENDING] || context->users[RECEIVING] || context->users[OTHERWISE])
    call_fault(call, FAULT_DELETE_DURING_CALL);
  struct credential *credential = context->credential;
  credential->references++;
  context_delete(context);
  unlock();

  pause_here(&credential->script->remove.pause);
  SECURITY_STATUS status = credential->script->remove.status;
  lock();
  credential_release(credential);
  unlock();
  return call_close(call, status);
}

typedef SECURITY_STATUS (*deed)(const struct client *client, void **result);

/* A call that is all entering, waiting, doing, leaving. */
static SECURITY_STATUS perform(const wchar_t *function, PCtxtHandle handle, size_t answer_offset, deed act,
                               void **result, const SecBufferDesc *input) {
  struct call *call = call_open(function);
  if (input) call_input(call, input);
  struct context *context = context_enter(handle, OTHERWISE, call);
  if (!context) return call_close(call, SEC_E_INVALID_HANDLE);
  const struct answer *answer = (const void *)((const char *)context->credential->script + answer_offset);
  if (context->completing) call_fault(call, FAULT_COMPLETION_SKIPPED);
  pause_here(&answer->pause);
  SECURITY_STATUS status = answer->status;
  if (status >= 0 && act) {
    SECURITY_STATUS done = act(&context->credential->script->client, result);
    status = done == SEC_E_OK ? status : done;
  }
  context_leave(context, OTHERWISE);
  return call_close(call, status);
}

static SECURITY_STATUS impersonate_client(const struct client *client, void **result) {
  (void)result;
  HANDLE token = client_token(client);
  if (!token) return SEC_E_NO_IMPERSONATION;
  BOOL set = SetThreadToken(NULL, token);
  CloseHandle(token);
  return set ? SEC_E_OK : SEC_E_NO_IMPERSONATION;
}

static SECURITY_STATUS revert_to_self(const struct client *client, void **result) {
  (void)client, (void)result;
  return RevertToSelf() ? SEC_E_OK : SEC_E_NO_IMPERSONATION;
}

static SECURITY_STATUS hand_out_token(const struct client *client, void **result) {
  if (client->bad_token != TOKEN_IS_GOOD) {
    *result = client_bad_token(client);
    return SEC_E_OK;
  }
  HANDLE token = client_token(client);
  if (!token) return SEC_E_NO_IMPERSONATION;
  handout_handle(token);
  *result = token;
  return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY scripted_control(PCtxtHandle handle, PSecBufferDesc input) {
  return perform(L"ApplyControlToken", handle, offsetof(struct script, control), NULL, NULL, input);
}

SECURITY_STATUS SEC_ENTRY scripted_impersonate(PCtxtHandle handle) {
  return perform(L"ImpersonateSecurityContext", handle, offsetof(struct script, impersonate), impersonate_client, NULL,
                 NULL);
}

SECURITY_STATUS SEC_ENTRY scripted_revert(PCtxtHandle handle) {
  return perform(L"RevertSecurityContext", handle, offsetof(struct script, revert), revert_to_self, NULL, NULL);
}

SECURITY_STATUS SEC_ENTRY scripted_query_token(PCtxtHandle handle, void **token) {
  return perform(L"QuerySecurityContextToken", handle, offsetof(struct script, access_token), hand_out_token, token,
                 NULL);
}
