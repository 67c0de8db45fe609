#!/usr/bin/env node
/** Searches the domain as the current user, encrypted: node ldap-search.mjs --host dc1.corp.test --filter '(sAMAccountName=alice)' */
import { parseArgs } from 'node:util';
import { Client } from 'ldapts';
import { sspiConnection, tokenGroups } from 'sspi/ldap';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '389' },
    target: { type: 'string' },
    base: { type: 'string', default: 'dc=corp,dc=test' },
    filter: { type: 'string', default: '(objectClass=user)' },
  },
});

const client = new Client({
  url: `ldap://${values.host}:${values.port}`,
  createConnection: sspiConnection({ target: values.target }),
});
try {
  const { searchEntries } = await client.search(values.base, { filter: values.filter, attributes: ['cn'] });
  for (const { dn } of searchEntries) console.log(dn);
  console.log(`I am ${(await tokenGroups(client))[0]}`);
} finally {
  await client.unbind();
}
