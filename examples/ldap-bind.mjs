#!/usr/bin/env node
/**
 * Logs on to a domain controller's LDAP server and asks it who we are, over a connection that is encrypted in both directions.
 *
 *   node ldap-bind.mjs --host dc1.corp.test [--port 389] [--target ldap/dc1.corp.test] [--mechanism GSSAPI|GSS-SPNEGO] [--user alice@corp.test]
 *
 * Without --user it is the current user; with it, the password comes from the variable SSPI_PASSWORD.
 */
import { parseArgs } from 'node:util';
import { acquireCredentials, initiate } from 'sspi';
import { LdapConnection } from './ldap/connection.mjs';
import { bindFlags, bindGssapi, bindSpnego } from './ldap/sasl.mjs';
import { accountName, whoAmI } from './ldap/who-am-i.mjs';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '389' },
    target: { type: 'string' },
    mechanism: { type: 'string', default: 'GSSAPI' },
    user: { type: 'string' },
  },
});
const mechanisms = /** @type {Record<string, { package: string, bind: typeof bindGssapi }>} */ ({
  GSSAPI: { package: 'Kerberos', bind: bindGssapi },
  'GSS-SPNEGO': { package: 'Negotiate', bind: bindSpnego },
});
const mechanism = mechanisms[values.mechanism];
if (mechanism === undefined) throw new Error(`--mechanism is one of ${Object.keys(mechanisms).join(', ')}`);

const credentials = await acquireCredentials({
  package: mechanism.package,
  use: 'outbound',
  identity: values.user === undefined ? undefined : { user: values.user, password: process.env['SSPI_PASSWORD'] ?? '' },
});
const handshake = initiate(credentials, {
  target: values.target ?? `ldap/${values.host}`,
  flags: [...bindFlags, 'mutualAuth'],
  require: { flags: ['confidentiality', 'integrity'] },
});
const connection = await LdapConnection.connect({ host: values.host, port: Number(values.port) });
try {
  const context = await mechanism.bind(connection, handshake);
  console.log(`bound by ${context.package}, granted: ${context.flags.join(', ')}`);

  const answer = await whoAmI(connection);
  console.log(`who am I?  ${answer.value?.toString() ?? `${answer.name}: ${answer.diagnostic}`}`);
  const account = await accountName(connection);
  console.log(`first SID  ${account.sid}`);
  console.log(`account    ${account.name} (${account.dn})`);
  await connection.close();
} finally {
  connection.destroy();
  await handshake.dispose();
  await credentials.dispose();
}
