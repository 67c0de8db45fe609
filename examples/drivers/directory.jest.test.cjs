/** An integration test against a domain controller, with jest: DIRECTORY=dc1.corp.test npx jest directory.jest.test.cjs */
const { Client } = require('ldapts');
const { sspiConnection, tokenGroups } = require('sspi/ldap');

const { DIRECTORY = 'dc1.corp.test', DIRECTORY_TARGET } = process.env;
let client;

beforeEach(() => {
  const createConnection = sspiConnection({ target: DIRECTORY_TARGET });
  client = new Client({ url: `ldap://${DIRECTORY}`, createConnection });
});
afterEach(() => client.unbind());

test('the account that runs the tests is an ordinary user', async () => {
  const sids = await tokenGroups(client);
  expect(sids).toContain('S-1-5-11'); // Authenticated Users
  expect(sids).not.toContain('S-1-5-32-544'); // Administrators
});

test('a service that nobody owns is no directory of ours', async () => {
  const createConnection = sspiConnection({ target: 'ldap/unknown.corp.test' });
  const stranger = new Client({ url: `ldap://${DIRECTORY}`, createConnection });
  await expect(tokenGroups(stranger)).rejects.toThrow(/SEC_E_/);
});
