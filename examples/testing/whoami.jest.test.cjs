'use strict';
/** The application's tests with jest: `npx jest`, with `testEnvironment: 'node'` (the default). */
const { memoryProvider, scriptedProvider, useProvider, watchLeaks } = require('sspi/testing');
const { browse } = require('./browser.cjs');
const { createWhoamiServer } = require('./whoami-server.cjs');

let provider, leaks, application;

async function start(playing) {
  provider = useProvider(playing);
  application = await createWhoamiServer({ members: ['EXAMPLE\\alice'] });
  await new Promise((resolve) => application.server.listen(0, '127.0.0.1', resolve));
  return application.server.address().port;
}

beforeEach(() => {
  leaks = watchLeaks();
});

afterEach(async () => {
  await application.close();
  provider.restore();
  await leaks.check();
});

test('greets a member', async () => {
  const port = await start(memoryProvider({ users: { alice: 'Wonderland' } }));
  await expect(browse(port)).resolves.toMatchObject({ status: 200, text: 'hello, EXAMPLE\\alice' });
});

test('refuses a disabled account', async () => {
  const users = { alice: { password: 'Wonderland', refused: 'disabled' } };
  const port = await start(memoryProvider({ users }));
  await expect(browse(port)).rejects.toMatchObject({ code: 'SEC_E_LOGON_DENIED' });
});

test('survives what no domain does on demand', async () => {
  const playing = scriptedProvider({
    initiator: [{ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('anything') }],
    acceptor: [{ status: 'SEC_E_TIME_SKEW' }],
  });
  const port = await start(playing);
  await expect(browse(port)).resolves.toMatchObject({ status: 401 });
  expect(playing.callsOf('AcceptSecurityContext')[0].input.toString()).toBe('anything');
});
