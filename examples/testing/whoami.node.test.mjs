/** The application's tests with node:test: `node --test examples/testing/`. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { memoryProvider, useProvider, watchLeaks } from 'sspi/testing';
import { browse } from './browser.cjs';
import { createWhoamiServer } from './whoami-server.cjs';

const users = { alice: 'Wonderland', bob: 'Builder' };
const members = ['EXAMPLE\\alice'];

/** @type {import('sspi/testing').ProviderInUse} */
let provider;
/** @type {import('sspi/testing').LeakWatch} */
let leaks;
/** @type {Awaited<ReturnType<typeof createWhoamiServer>>} */
let application;
/** @type {string[]} */
let log;

beforeEach(async () => {
  leaks = watchLeaks();
  provider = useProvider(memoryProvider({ users, services: ['HTTP/intranet.example.test'] }));
  log = [];
  application = await createWhoamiServer({ members, log: (line) => log.push(line) });
  await new Promise((resolve) => application.server.listen(0, '127.0.0.1', () => resolve(undefined)));
});

afterEach(async () => {
  await application.close();
  provider.restore();
  await leaks.check();
});

const port = () => /** @type {import('node:net').AddressInfo} */ (application.server.address()).port;

test('greets the current user, with Kerberos in two requests', async () => {
  assert.deepEqual(await browse(port()), { status: 200, text: 'hello, EXAMPLE\\alice', requests: 2 });
});

test('knows NTLM clients, which take three', async () => {
  const answer = await browse(port(), { target: 'HTTP/10.0.0.1' });
  assert.deepEqual(answer, { status: 200, text: 'hello, EXAMPLE\\alice', requests: 3 });
});

test('turns others away', async () => {
  const answer = await browse(port(), { identity: { user: 'bob', password: 'Builder' } });
  assert.equal(answer.status, 403);
});

test('refuses a wrong password, and says why in its log', async () => {
  const identity = { user: 'alice', domain: 'EXAMPLE', password: 'wrong' };
  const answer = await browse(port(), { identity, target: 'HTTP/10.0.0.1' });
  assert.equal(answer.status, 401);
  assert.match(log.join('\n'), /SEC_E_LOGON_DENIED[^]*The password is wrong/);
});
