/**
 * Binds as it is told, in Windows' node.exe: `node binds.mjs JSON`, an array of `{ name, port, options, ask? }`. Each bind gives one line
 * of JSON: who it is to the directory and how many entries it found, or the error.
 */
import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';
import { sspiConnection, tokenGroups, whoAmI } from 'sspi/ldap';

for (const { name, port, options, base, ca } of JSON.parse(process.argv[2] ?? '[]')) {
  const tlsOptions = ca === undefined ? {} : { tlsOptions: { ca: readFileSync(ca), checkServerIdentity: () => undefined } };
  const client = new Client({
    url: `ldap://127.0.0.1:${port}`,
    createConnection: sspiConnection({ ...options, ...tlsOptions }),
  });
  try {
    const { searchEntries } = await client.search(base, { filter: '(objectClass=*)', attributes: ['cn'] });
    const who = await whoAmI(client).catch((error) => ({ authzid: String(error.message) }));
    const groups = await tokenGroups(client);
    console.log(JSON.stringify({ name, entries: searchEntries.length, who: who.authzid, groups }));
  } catch (error) {
    console.log(JSON.stringify({ name, code: error.code, message: error.message, hint: error.hint }));
  } finally {
    await client.unbind();
  }
}
