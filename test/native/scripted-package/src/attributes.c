/* QueryContextAttributes. */
#include <string.h>
#include <wchar.h>

#include "functions.h"
#include "handout.h"
#include "journal.h"
#include "pause.h"
#include "state.h"

static const struct attribute *with_default(const struct context *context, unsigned long number) {
  static const struct attribute defaults[] = {
      {.number = SECPKG_ATTR_SIZES, .numbers = {12000, 32, 1, 32}},
      {.number = SECPKG_ATTR_NAMES},
      {.number = SECPKG_ATTR_LIFESPAN, .start = {MOMENT_FIXED, 0}, .expiry = {MOMENT_FIXED, 0x7FFFFFFFFFFFFFFF}},
      {.number = SECPKG_ATTR_SESSION_KEY},
      {.number = SECPKG_ATTR_PACKAGE_INFO},
      {.number = SECPKG_ATTR_NEGOTIATION_INFO, .numbers = {0, 0, 0, 0, SECPKG_NEGOTIATION_COMPLETE}},
      {.number = SECPKG_ATTR_NATIVE_NAMES},
      {.number = SECPKG_ATTR_FLAGS},
  };
  const struct attribute *scripted = script_attribute(context->credential->script, number);
  if (scripted) return scripted;
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
    if (defaults[i].number == number) return &defaults[i];
  }
  return NULL;
}

/* SecPkgInfoW with its texts behind it, in one block. Without a name it is the package that the context belongs to. */
static SecPkgInfoW *give_package_info(const struct attribute *attribute, const SecPkgInfoW *own) {
  if (attribute->absent && !attribute->first_text) return NULL;
  SecPkgInfoW info = *own;
  const wchar_t *name = own->Name, *comment = own->Comment;
  if (attribute->first_text) {
    name = attribute->first_text;
    comment = attribute->second_text ? attribute->second_text : L"";
    info.fCapabilities = attribute->numbers[0];
    info.wVersion = (unsigned short)attribute->numbers[1];
    info.wRPCID = (unsigned short)attribute->numbers[2];
    info.cbMaxToken = attribute->numbers[3];
  }
  size_t name_size = (wcslen(name) + 1) * sizeof *name, comment_size = (wcslen(comment) + 1) * sizeof *comment;
  SecPkgInfoW *given = handout_memory(sizeof *given + name_size + comment_size);
  *given = info;
  given->Name = memcpy((char *)(given + 1), name, name_size);
  given->Comment = memcpy((char *)(given + 1) + name_size, comment, comment_size);
  return given;
}

static wchar_t *text_or(const struct attribute *attribute, const wchar_t *text, const wchar_t *otherwise) {
  if (!text && attribute->absent) return NULL;
  return handout_text(text ? text : otherwise);
}

static void give_session_key(const struct attribute *attribute, SecPkgContext_SessionKey *key) {
  static const unsigned char plain[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const unsigned char *bytes = attribute->key.at ? attribute->key.at : plain;
  size_t length = attribute->key.at ? attribute->key.length : sizeof plain;
  if (attribute->absent && !attribute->key.at) {
    key->SessionKeyLength = 0;
    key->SessionKey = NULL;
    return;
  }
  key->SessionKeyLength = (unsigned long)length;
  key->SessionKey = memcpy(handout_memory(length), bytes, length);
}

/* Length and pointer lie alike in all structures of this kind. */
static void give_bytes(const struct attribute *attribute, void *buffer) {
  SecPkgContext_SessionKey bytes = {(unsigned long)attribute->key.length, NULL};
  if (!attribute->absent) {
    bytes.SessionKey = handout_memory(attribute->key.length);
    memcpy(bytes.SessionKey, attribute->key.at ? attribute->key.at : (unsigned char *)"", attribute->key.length);
  }
  memcpy(buffer, &bytes, sizeof bytes);
}

static void give_negotiate_keys(const struct attribute *attribute, SecPkgContext_NegoKeys *keys) {
  SecPkgContext_SessionKey key, verify_key;
  give_bytes(attribute, &key);
  give_bytes(attribute, &verify_key);
  keys->KeyType = attribute->numbers[0];
  keys->KeyLength = (unsigned short)key.SessionKeyLength;
  keys->KeyValue = key.SessionKey;
  keys->VerifyKeyType = attribute->numbers[1];
  keys->VerifyKeyLength = (unsigned short)verify_key.SessionKeyLength;
  keys->VerifyKeyValue = verify_key.SessionKey;
}

static wchar_t *given_text(const wchar_t *text) { return text ? handout_text(text) : NULL; }

static SECURITY_STATUS give(const struct context *context, const struct attribute *attribute, void *buffer) {
  const unsigned long *numbers = attribute->numbers;
  switch (attribute->number) {
    case SECPKG_ATTR_SIZES: {
      SecPkgContext_Sizes sizes = {numbers[0], numbers[1], numbers[2], numbers[3]};
      memcpy(buffer, &sizes, sizeof sizes);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_STREAM_SIZES: {
      SecPkgContext_StreamSizes sizes = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
      memcpy(buffer, &sizes, sizeof sizes);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_NAMES:
      ((SecPkgContext_NamesW *)buffer)->sUserName = text_or(attribute, attribute->first_text, L"SCRIPTED\\peer");
      return SEC_E_OK;
    case SECPKG_ATTR_NATIVE_NAMES: {
      SecPkgContext_NativeNamesW *names = buffer;
      names->sClientName = text_or(attribute, attribute->first_text, L"client@SCRIPTED");
      names->sServerName = text_or(attribute, attribute->second_text, L"server@SCRIPTED");
      return SEC_E_OK;
    }
    case SECPKG_ATTR_LIFESPAN: {
      SecPkgContext_Lifespan *lifespan = buffer;
      moment_write(&attribute->start, &lifespan->tsStart);
      moment_write(&attribute->expiry, &lifespan->tsExpiry);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_SESSION_KEY:
      give_session_key(attribute, buffer);
      return SEC_E_OK;
    case SECPKG_ATTR_PACKAGE_INFO:
      ((SecPkgContext_PackageInfoW *)buffer)->PackageInfo = give_package_info(attribute, context->credential->package);
      return SEC_E_OK;
    case SECPKG_ATTR_NEGOTIATION_INFO: {
      SecPkgContext_NegotiationInfoW *info = buffer;
      info->PackageInfo = give_package_info(attribute, context->credential->package);
      info->NegotiationState = numbers[4];
      return SEC_E_OK;
    }
    case SECPKG_ATTR_FLAGS:
      ((SecPkgContext_Flags *)buffer)->Flags = attribute->has_numbers ? numbers[0] : context->granted;
      return SEC_E_OK;
    case SECPKG_ATTR_DCE_INFO: {
      SecPkgContext_DceInfo *info = buffer;
      info->AuthzSvc = numbers[0];
      info->pPac = given_text(attribute->first_text);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_KEY_INFO: {
      SecPkgContext_KeyInfoW info = {given_text(attribute->first_text), given_text(attribute->second_text), numbers[0],
                                     numbers[1], numbers[2]};
      memcpy(buffer, &info, sizeof info);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_AUTHORITY:
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET:
      *(wchar_t **)buffer = given_text(attribute->first_text);
      return SEC_E_OK;
    case SECPKG_ATTR_PROTO_INFO: {
      SecPkgContext_ProtoInfoW info = {given_text(attribute->first_text), numbers[0], numbers[1]};
      memcpy(buffer, &info, sizeof info);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_PASSWORD_EXPIRY:
    case SECPKG_ATTR_LOGOFF_TIME:
      moment_write(&attribute->expiry, buffer);
      return SEC_E_OK;
    case SECPKG_ATTR_USER_FLAGS:
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
    case SECPKG_ATTR_NEGO_PKG_INFO:
    case SECPKG_ATTR_NEGO_STATUS:
      memcpy(buffer, &numbers[0], sizeof numbers[0]);
      return SEC_E_OK;
    case SECPKG_ATTR_CREDENTIAL_NAME: {
      SecPkgContext_CredentialNameW name = {numbers[0], given_text(attribute->first_text)};
      memcpy(buffer, &name, sizeof name);
      return SEC_E_OK;
    }
    case SECPKG_ATTR_PROMPTING_NEEDED:
      memcpy(buffer, numbers, 2 * sizeof numbers[0]);
      return SEC_E_OK;
    case SECPKG_ATTR_TARGET_INFORMATION:
    case SECPKG_ATTR_TARGET:
    case SECPKG_ATTR_AUTHENTICATION_ID:
    case SECPKG_ATTR_UNIQUE_BINDINGS:
    case SECPKG_ATTR_ENDPOINT_BINDINGS:
      give_bytes(attribute, buffer);
      return SEC_E_OK;
    case SECPKG_ATTR_NEGO_KEYS:
      give_negotiate_keys(attribute, buffer);
      return SEC_E_OK;
    default:
      return SEC_E_UNSUPPORTED_FUNCTION;
  }
}

SECURITY_STATUS SEC_ENTRY scripted_query(PCtxtHandle handle, ULONG number, void *buffer) {
  struct call *call = call_open(L"QueryContextAttributes");
  call_number(call, L"attribute", number);
  struct context *context = context_enter(handle, OTHERWISE, call);
  if (!context) return call_close(call, SEC_E_INVALID_HANDLE);
  call_bool(call, L"established", context->established);
  if (context->completing) call_fault(call, FAULT_COMPLETION_SKIPPED);
  const struct attribute *attribute = with_default(context, number);
  SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;
  if (attribute) {
    pause_here(&attribute->pause);
    status = attribute->status < 0 ? attribute->status : give(context, attribute, buffer);
  }
  context_leave(context, OTHERWISE);
  return call_close(call, status);
}
