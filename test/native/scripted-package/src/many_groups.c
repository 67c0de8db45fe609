/* A token like the process's own, with as many more groups as a script asks for. */
#include "client.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#include "text.h"

typedef NTSTATUS(NTAPI *create_token)(PHANDLE, ACCESS_MASK, POBJECT_ATTRIBUTES, TOKEN_TYPE, PLUID, PLARGE_INTEGER,
                                      PTOKEN_USER, PTOKEN_GROUPS, PTOKEN_PRIVILEGES, PTOKEN_OWNER, PTOKEN_PRIMARY_GROUP,
                                      PTOKEN_DEFAULT_DACL, PTOKEN_SOURCE);

/* Windows documents it for drivers only, and permits it to whoever has SeCreateTokenPrivilege. Wine 8 does not have it.
 */
static create_token find_create_token(void) {
  FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtCreateToken");
  create_token function = NULL;
  memcpy(&function, &found, sizeof function);
  return function;
}

/* NULL when it cannot be read. */
static void *information(HANDLE token, TOKEN_INFORMATION_CLASS class) {
  DWORD size = 0;
  GetTokenInformation(token, class, NULL, 0, &size);
  void *memory = allocate(size);
  if (GetTokenInformation(token, class, memory, size, &size)) return memory;
  free(memory);
  return NULL;
}

static PSID numbered_group(unsigned number) {
  wchar_t text[80];
  PSID sid = NULL;
  swprintf(text, sizeof text / sizeof *text, L"S-1-5-21-1004336348-1177238915-682003330-%u", 10000 + number);
  return ConvertStringSidToSidW(text, &sid) ? sid : NULL;
}

static TOKEN_GROUPS *with_more(const TOKEN_GROUPS *own, unsigned more) {
  DWORD enabled = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;
  TOKEN_GROUPS *all = allocate(sizeof *all + (own->GroupCount + more) * sizeof *all->Groups);
  all->GroupCount = own->GroupCount + more;
  memcpy(all->Groups, own->Groups, own->GroupCount * sizeof *all->Groups);
  for (unsigned i = 0; i < more; i++)
    all->Groups[own->GroupCount + i] = (SID_AND_ATTRIBUTES){numbered_group(i), enabled};
  return all;
}

HANDLE token_with_groups(HANDLE like, unsigned count) {
  create_token create = find_create_token();
  TOKEN_STATISTICS *statistics = information(like, TokenStatistics);
  TOKEN_USER *user = information(like, TokenUser);
  TOKEN_GROUPS *own = information(like, TokenGroups);
  TOKEN_PRIVILEGES *privileges = information(like, TokenPrivileges);
  TOKEN_OWNER *owner = information(like, TokenOwner);
  TOKEN_PRIMARY_GROUP *primary = information(like, TokenPrimaryGroup);
  TOKEN_DEFAULT_DACL *dacl = information(like, TokenDefaultDacl);
  TOKEN_SOURCE source = {.SourceName = "scripte"};
  HANDLE token = NULL;
  if (create && statistics && user && own && privileges && owner && primary && dacl) {
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityImpersonation, SECURITY_STATIC_TRACKING, FALSE};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .SecurityQualityOfService = &quality};
    TOKEN_GROUPS *groups = with_more(own, count);
    if (create(&token, TOKEN_ALL_ACCESS, &attributes, TokenPrimary, &statistics->AuthenticationId,
               &statistics->ExpirationTime, user, groups, privileges, owner, primary, dacl, &source) < 0)
      token = NULL;
    for (unsigned i = 0; i < count; i++) LocalFree(groups->Groups[own->GroupCount + i].Sid);
    free(groups);
  }
  void *all[] = {statistics, user, own, privileges, owner, primary, dacl};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  return token;
}
