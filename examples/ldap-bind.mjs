#!/usr/bin/env node
/**
 * Logs on to a domain controller's LDAP server and asks it who we are, over a connection that is encrypted in both directions.
 *
 *   node ldap-bind.mjs --host dc1.corp.test [--port 389] [--target ldap/dc1.corp.test] [--mechanism GSSAPI|GSS-SPNEGO] [--user alice@corp.test]
 *
 * Without --user it is the current user; with it, the password comes from the variable SSPI_PASSWORD. GSSAPI is Kerberos; with
 * GSS-SPNEGO it may be NTLM.
 */
import { subscribe } from 'node:diagnostics_channel';
import { parseArgs } from 'node:util';
import { Client, ProtocolError } from 'ldapts';
import { sspiConnection, tokenGroups, whoAmI } from 'sspi/ldap';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '389' },
    target: { type: 'string' },
    mechanism: { type: 'string', default: 'GSSAPI' },
    user: { type: 'string' },
  },
});

const client = new Client({
  url: `ldap://${values.host}:${values.port}`,
  createConnection: sspiConnection({
    target: values.target,
    mechanism: /** @type {import('sspi/sasl').MechanismName} */ (values.mechanism),
    ntlm: values.mechanism === 'GSS-SPNEGO' ? 'allow' : 'never',
    identity:
      values.user === undefined ? undefined : { user: values.user, password: process.env['SSPI_PASSWORD'] ?? '' },
  }),
});
/** @type {import('sspi').HandshakeEstablished | undefined} */
let signOn;
subscribe('sspi:handshake:established', (message) => {
  signOn = /** @type {import('sspi').HandshakeEstablished} */ (message);
});

try {
  const [sid] = await tokenGroups(client);
  console.log(`bound by ${signOn?.package}, granted: ${signOn?.flags.join(', ')}`);
  console.log(`who am I?  ${await authzid()}`);
  console.log(`first SID  ${sid}`);
  const { searchEntries } = await client.search(`<SID=${sid}>`, { scope: 'base', attributes: ['sAMAccountName'] });
  console.log(`account    ${searchEntries[0]?.['sAMAccountName']} (${searchEntries[0]?.dn})`);
} finally {
  await client.unbind();
}

/** Not every directory knows the operation. */
async function authzid() {
  try {
    return (await whoAmI(client)).authzid;
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.name}: ${error.message}`;
    throw error;
  }
}
