/** An integration test against a domain controller, with node:test: DIRECTORY=dc1.corp.test node --test directory.node.test.mjs */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client } from 'ldapts';
import { sspiConnection, tokenGroups } from 'sspi/ldap';

const { DIRECTORY = 'dc1.corp.test', DIRECTORY_TARGET } = process.env;
const client = new Client({
  url: `ldap://${DIRECTORY}`,
  createConnection: sspiConnection({ target: DIRECTORY_TARGET }),
});
after(() => client.unbind());

test('the account that runs the tests is an ordinary user', async () => {
  const sids = await tokenGroups(client);
  assert.ok(sids.includes('S-1-5-11'), 'Authenticated Users');
  assert.ok(!sids.includes('S-1-5-32-544'), 'Administrators');
});

test('a service that nobody owns is no directory of ours', async () => {
  const createConnection = sspiConnection({ target: 'ldap/unknown.corp.test' });
  const stranger = new Client({ url: `ldap://${DIRECTORY}`, createConnection });
  await assert.rejects(tokenGroups(stranger), /SEC_E_/);
});
