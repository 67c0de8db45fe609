#include "client.h"

#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* The SIDs of a list of texts, for as long as a call takes. False when one is none. */
static bool read_sids(const struct names *names, SID_AND_ATTRIBUTES *sids) {
  for (size_t i = 0; i < names->count; i++) {
    if (!ConvertStringSidToSidW(names->at[i], &sids[i].Sid)) return false;
  }
  return true;
}

static void forget_sids(const struct names *names, SID_AND_ATTRIBUTES *sids) {
  for (size_t i = 0; i < names->count; i++) LocalFree(sids[i].Sid);
  free(sids);
}

/* All privileges but the one that everybody has, of which `*count` is told. Wine does not know DISABLE_MAX_PRIVILEGE. */
static LUID_AND_ATTRIBUTES *privileges_to_delete(HANDLE token, DWORD *count) {
  DWORD size = 0;
  GetTokenInformation(token, TokenPrivileges, NULL, 0, &size);
  TOKEN_PRIVILEGES *all = allocate(size);
  LUID_AND_ATTRIBUTES *chosen = allocate(size);
  LUID kept = {0, 0};
  *count = 0;
  LookupPrivilegeValueW(NULL, SE_CHANGE_NOTIFY_NAME, &kept);
  if (!GetTokenInformation(token, TokenPrivileges, all, size, &size)) all->PrivilegeCount = 0;
  for (DWORD i = 0; i < all->PrivilegeCount; i++) {
    if (memcmp(&all->Privileges[i].Luid, &kept, sizeof kept) != 0) chosen[(*count)++] = all->Privileges[i];
  }
  free(all);
  return chosen;
}

static HANDLE restricted(HANDLE token, const struct client *client) {
  SID_AND_ATTRIBUTES *deny = allocate((client->deny.count + 1) * sizeof *deny);
  SID_AND_ATTRIBUTES *restrict_to = allocate((client->restrict_to.count + 1) * sizeof *restrict_to);
  DWORD privilege_count = 0;
  LUID_AND_ATTRIBUTES *privileges =
      client->without_privileges ? privileges_to_delete(token, &privilege_count) : NULL;
  HANDLE result = NULL;
  if (read_sids(&client->deny, deny) && read_sids(&client->restrict_to, restrict_to) &&
      !CreateRestrictedToken(token, 0, (DWORD)client->deny.count, deny, privilege_count, privileges,
                             (DWORD)client->restrict_to.count, restrict_to, &result))
    result = NULL;
  forget_sids(&client->deny, deny);
  forget_sids(&client->restrict_to, restrict_to);
  free(privileges);
  return result;
}

static bool switch_privileges(HANDLE token, const struct names *names, DWORD attributes) {
  for (size_t i = 0; i < names->count; i++) {
    TOKEN_PRIVILEGES change = {.PrivilegeCount = 1, .Privileges[0].Attributes = attributes};
    if (!LookupPrivilegeValueW(NULL, names->at[i], &change.Privileges[0].Luid) ||
        !AdjustTokenPrivileges(token, FALSE, &change, 0, NULL, NULL) || GetLastError() != ERROR_SUCCESS)
      return false;
  }
  return true;
}

HANDLE client_token(const struct client *client) {
  HANDLE own, base, token = NULL;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY | TOKEN_ASSIGN_PRIMARY, &own)) return NULL;
  base = own;
  if (client->deny.count || client->restrict_to.count || client->without_privileges) base = restricted(own, client);
  if (client->more_groups) base = token_with_groups(own, client->more_groups);
  if (base && !DuplicateTokenEx(base, MAXIMUM_ALLOWED, NULL, client->level,
                                client->primary ? TokenPrimary : TokenImpersonation, &token))
    token = NULL;
  if (token && !(switch_privileges(token, &client->enable, SE_PRIVILEGE_ENABLED) &&
                 switch_privileges(token, &client->disable, 0))) {
    CloseHandle(token);
    token = NULL;
  }
  if (base && base != own) CloseHandle(base);
  CloseHandle(own);
  return token;
}

/* The number of no handle: one that had been closed might belong to another thread by now. */
#define CLOSED ((HANDLE)(ULONG_PTR)0x7FFFFFF0)

static HANDLE without_query(const struct client *client) {
  HANDLE token = client_token(client), result = NULL;
  HANDLE process = GetCurrentProcess();
  if (token && !DuplicateHandle(process, token, process, &result, TOKEN_IMPERSONATE, FALSE, 0)) result = NULL;
  if (token) CloseHandle(token);
  return result;
}

HANDLE client_bad_token(const struct client *client) {
  switch (client->bad_token) {
  case TOKEN_CLOSED:
    return CLOSED;
  case TOKEN_EVENT:
    return CreateEventW(NULL, TRUE, FALSE, NULL);
  case TOKEN_UNREADABLE:
    return without_query(client);
  default:
    return NULL;
  }
}
