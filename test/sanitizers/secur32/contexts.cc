#include "world.h"

SECURITY_STATUS CompleteAuthToken(CtxtHandle* context, SecBufferDesc* token) {
  const secur32::Entry world;
  world->calls.emplace_back("CompleteAuthToken");
  if (secur32::findContext(*world, context, "CompleteAuthToken") == nullptr) return SEC_E_INVALID_HANDLE;
  if (token == nullptr) standin::violation("CompleteAuthToken without a descriptor");
  return world->script.complete ? world->script.complete(*token) : SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS DeleteSecurityContext(CtxtHandle* context) {
  const secur32::Entry world;
  world->calls.emplace_back("DeleteSecurityContext");
  if (secur32::findContext(*world, context, "DeleteSecurityContext") == nullptr) return SEC_E_INVALID_HANDLE;
  world->contexts.erase(context->dwLower);
  return SEC_E_OK;
}

SECURITY_STATUS QueryContextAttributesW(CtxtHandle* context, ULONG attribute, void* value) {
  const secur32::Entry world;
  world->calls.emplace_back("QueryContextAttributesW");
  if (secur32::findContext(*world, context, "QueryContextAttributesW") == nullptr) return SEC_E_INVALID_HANDLE;
  const auto found = world->script.attributes.find(attribute);
  return found == world->script.attributes.end() ? SEC_E_UNSUPPORTED_FUNCTION : found->second(value);
}

SECURITY_STATUS QuerySecurityContextToken(CtxtHandle* context, void** token) {
  const secur32::Entry world;
  world->calls.emplace_back("QuerySecurityContextToken");
  if (secur32::findContext(*world, context, "QuerySecurityContextToken") == nullptr) return SEC_E_INVALID_HANDLE;
  if (!world->script.token) return SEC_E_UNSUPPORTED_FUNCTION;
  *token = standin::openToken(*world->script.token);
  return SEC_E_OK;
}

SECURITY_STATUS ImpersonateSecurityContext(CtxtHandle* context) {
  const secur32::Entry world;
  world->calls.emplace_back("ImpersonateSecurityContext");
  if (secur32::findContext(*world, context, "ImpersonateSecurityContext") == nullptr) return SEC_E_INVALID_HANDLE;
  if (world->script.impersonate != SEC_E_OK) return world->script.impersonate;
  standin::actAs(world->script.client, world->script.clientLevel);
  return SEC_E_OK;
}

SECURITY_STATUS RevertSecurityContext(CtxtHandle* context) {
  const secur32::Entry world;
  world->calls.emplace_back("RevertSecurityContext");
  if (secur32::findContext(*world, context, "RevertSecurityContext") == nullptr) return SEC_E_INVALID_HANDLE;
  if (world->script.revert != SEC_E_OK) return world->script.revert;
  if (standin::actingAs().empty()) standin::violation("a revert where nobody is impersonated");
  standin::actAs({});
  return SEC_E_OK;
}
