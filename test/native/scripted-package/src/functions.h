/* The functions of the package's table, by the signatures of sspi.h. */
#ifndef SCRIPTED_FUNCTIONS_H
#define SCRIPTED_FUNCTIONS_H

#include "sspi-headers.h"

/* package.c */
extern const SecPkgInfoW packages[];
const SecPkgInfoW *package_named(const wchar_t *name);

/* credentials.c */
SECURITY_STATUS SEC_ENTRY scripted_acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use, void *logon_id,
                                           void *identity, SEC_GET_KEY_FN get_key, void *get_key_argument,
                                           PCredHandle handle, PTimeStamp expiry);
SECURITY_STATUS SEC_ENTRY scripted_free(PCredHandle handle);
SECURITY_STATUS SEC_ENTRY scripted_query_credentials(PCredHandle handle, ULONG attribute, void *buffer);

/* legs.c */
SECURITY_STATUS SEC_ENTRY scripted_initialize(PCredHandle credential, PCtxtHandle context, SEC_WCHAR *target,
                                              ULONG request, ULONG reserved1, ULONG data_representation,
                                              PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context,
                                              PSecBufferDesc output, ULONG *granted, PTimeStamp expiry);
SECURITY_STATUS SEC_ENTRY scripted_accept(PCredHandle credential, PCtxtHandle context, PSecBufferDesc input,
                                          ULONG request, ULONG data_representation, PCtxtHandle new_context,
                                          PSecBufferDesc output, ULONG *granted, PTimeStamp expiry);
SECURITY_STATUS SEC_ENTRY scripted_complete(PCtxtHandle context, PSecBufferDesc token);

/* contexts.c */
SECURITY_STATUS SEC_ENTRY scripted_delete(PCtxtHandle context);
SECURITY_STATUS SEC_ENTRY scripted_control(PCtxtHandle context, PSecBufferDesc input);
SECURITY_STATUS SEC_ENTRY scripted_impersonate(PCtxtHandle context);
SECURITY_STATUS SEC_ENTRY scripted_revert(PCtxtHandle context);
SECURITY_STATUS SEC_ENTRY scripted_query_token(PCtxtHandle context, void **token);

/* attributes.c */
SECURITY_STATUS SEC_ENTRY scripted_query(PCtxtHandle context, ULONG attribute, void *buffer);

/* messages.c */
SECURITY_STATUS SEC_ENTRY scripted_sign(PCtxtHandle context, ULONG qop, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS SEC_ENTRY scripted_verify(PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *qop);
SECURITY_STATUS SEC_ENTRY scripted_encrypt(PCtxtHandle context, ULONG qop, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS SEC_ENTRY scripted_decrypt(PCtxtHandle context, PSecBufferDesc message, ULONG sequence, ULONG *qop);

#endif
