/** The rows of the table in docs/platforms.md, and the claims of windows-check that each is based on. */

/**
 * @typedef {{ title: string, claims: readonly string[], architecture?: string }} Row
 * A row counts as seen when all its `claims` (ids) are. It has none where windows-check does not examine it, because that
 * would need a domain's password or a domain controller that the check may not touch. With `architecture`, only reports from
 * that architecture count.
 */

/** @type {readonly Row[]} */
export const platformRows = [
  { title: 'Kerberos, client and server, mutual authentication', claims: ['kerberos-mutual'] },
  { title: 'Kerberos with an explicit identity', claims: [] },
  { title: '`wrap` and `unwrap` with Kerberos', claims: ['kerberos-wrap'] },
  { title: 'NTLM, verified and refused by a domain controller', claims: [] },
  { title: 'NTLM and Negotiate of the current user to itself', claims: ['ntlm-own', 'negotiate-own'] },
  { title: '`wrap` and `unwrap` with NTLM, as the client', claims: ['wrap-ntlm'] },
  { title: 'Negotiate', claims: ['negotiate-account', 'spnego-legs', 'spnego-mic'] },
  { title: 'Schannel, as a TLS 1.2 client', claims: ['schannel-client'] },
  { title: 'LDAP by SASL GSSAPI and GSS-SPNEGO, sealed', claims: [] },
  { title: 'LDAP "who am I?"', claims: [] },
  { title: '`sessionKey()` with Kerberos', claims: ['kerberos-session-key'] },
  { title: '`clientName`, `nativeNames`', claims: ['client-name', 'native-names'] },
  { title: '`accessToken()`, `impersonate`', claims: ['access-token', 'impersonation'] },
  { title: 'Extended Protection, `context.channelBinding`', claims: [] },
  { title: '`sspi/http`: a request signs on by Kerberos', claims: ['http-kerberos'] },
  { title: '`sspi/http`: name, SID and groups of the user, `impersonate`', claims: ['http-own', 'http-account'] },
  { title: '`sspi/http`: curl, requests_kerberos, Chromium and Firefox sign on', claims: [] },
  { title: '`sspi/http`: fetch, undici, axios, got, needle, ws as clients', claims: [] },
  { title: '`sspi/http`: two users behind nginx, which pools connections', claims: [] },
  { title: '`sspi/http` client: fetch, undici, axios, got, needle with Apache', claims: [] },
  { title: '`sspi/http` client: channel bindings, NTLM of the current user', claims: [] },
  { title: '`sspi/register` and `sspi run`: squid, Kerberos and NTLM', claims: [] },
  { title: '`sspi/register`: a proxy with a domain in memory', claims: [] },
  { title: '`sspi/sasl` client: Cyrus SASL’s server, every layer', claims: [] },
  { title: '`sspi/sasl` client: Dovecot, IMAP over TCP and TLS', claims: [] },
  { title: 'drivers: MariaDB, and Postfix with `sspi/sasl`', claims: [] },
  { title: '`sspi/sasl` server: Cyrus SASL’s client, every layer', claims: [] },
  { title: '`sspi/ldap`: a domain controller of Samba, sealed and signed', claims: [] },
  { title: '`sspi/ldap`: OpenLDAP, every layer, also inside TLS', claims: [] },
  { title: '`sspi/ldap`: a domain controller inside TLS, with channel bindings', claims: [] },
  { title: '`sspi/mssql`: a server of the tests, Kerberos and NTLM', claims: [] },
  { title: '`sspi/mssql`: SQL Server', claims: [] },
  { title: 'GSSAPI peers: `wrap`, `unwrap`, `sign` and `verify`', claims: [] },
  { title: 'the ia32 binary', claims: ['load', 'ntlm-own'], architecture: 'ia32' },
];
