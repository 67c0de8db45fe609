import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getEventListeners } from 'node:events';
import { acquireCredentials, initiate, type Credentials } from 'sspi';
import { scriptedProvider } from '#lib/testing/scripted-provider';
import { useBinding } from '#lib/binding/load';
import { CONTINUE, bytes, credentialsFor, drain, expectClean, gate, rejection, script, settled } from './support';

afterEach(expectClean);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what nobody holds; finalizers run in later turns of the event loop. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const count = 20;

/** A script whose contexts may be forgotten: the native addon's finalizers free those, and a script has none. */
function scriptForForgotten(): void {
  useBinding(scriptedProvider({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) }));
}

/** As `events.on(socket, 'data')` after the peer has closed: it never settles, and nobody but the wait holds it. */
const neverComing = (): AsyncIterable<Buffer> => ({
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
});

/** Sign-ons that wait for the peer and are held by nobody; what they end with goes to `told`. */
function startWaiting(credentials: Credentials, signal: AbortSignal, told: (code: string) => void): void {
  for (let i = 0; i < count; i++) {
    void drain(initiate(credentials, { signal }).legs(neverComing())).then(({ error }) => told(error?.code ?? 'ended'));
  }
}

test('an abort reaches everybody who waits for a peer, after any collection', async () => {
  script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
  await using credentials = await credentialsFor();
  const controller = new AbortController();
  const told: string[] = [];
  startWaiting(credentials, controller.signal, (code) => told.push(code));
  await collectAll();
  controller.abort();
  await settled();
  expect(told).toEqual(Array.from({ length: count }, () => 'ERR_SSPI_ABORTED'));
});

test('an abort reaches who waits for onIncompleteCredentials, after any collection', async () => {
  script({ initiator: () => ({ status: 'SEC_I_INCOMPLETE_CREDENTIALS' }) });
  await using credentials = await credentialsFor();
  const controller = new AbortController();
  const told: string[] = [];
  (() => {
    const onIncompleteCredentials = () => new Promise<never>(() => undefined);
    const client = initiate(credentials, { signal: controller.signal, onIncompleteCredentials });
    void rejection(client.step()).then(({ code }) => told.push(code));
  })();
  await collectAll();
  controller.abort();
  await settled();
  expect(told).toEqual(['ERR_SSPI_ABORTED']);
});

test('an idle handshake is not kept alive by a signal that lives on', async () => {
  scriptForForgotten();
  const credentials = await credentialsFor();
  const { signal } = new AbortController();
  const idle: WeakRef<object>[] = [];
  await (async () => {
    for (let i = 0; i < count; i++) {
      const client = initiate(credentials, { signal });
      idle.push(new WeakRef(client));
      await client.step();
    }
  })();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await collectAll();
  expect(idle.filter((reference) => reference.deref() !== undefined)).toEqual([]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a wait for a peer goes with its signal: nothing else keeps it', async () => {
  scriptForForgotten();
  const credentials = await credentialsFor();
  const waiting: WeakRef<object>[] = [];
  await (async () => {
    const { signal } = new AbortController();
    const client = initiate(credentials, { signal });
    waiting.push(new WeakRef(client));
    void drain(client.legs(neverComing()));
    await settled();
  })();
  await collectAll();
  expect(waiting.map((reference) => reference.deref())).toEqual([undefined]);
});

test('a signal has one listener, however many handshakes and acquisitions share it, and none after the last', async () => {
  const { promise, open } = gate();
  let warned = false;
  const onWarning = (): void => {
    warned = true;
  };
  process.on('warning', onWarning);
  script({
    initiator: () => ({ status: CONTINUE, token: bytes('1') }),
    credential: ({ package: name }) => (name === 'NTLM' ? { until: promise } : {}),
  });
  await using credentials = await credentialsFor();
  const { signal } = new AbortController();
  const clients = Array.from({ length: count }, () => initiate(credentials, { signal }));
  const acquisitions = Array.from({ length: count }, () =>
    acquireCredentials({ package: 'NTLM', use: 'outbound', signal }),
  );
  await Promise.all(clients.map((client) => client.step()));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  open();
  const acquired = await Promise.all(acquisitions);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await Promise.all([...clients, ...acquired].map((each) => each.dispose()));
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  process.off('warning', onWarning);
  expect(warned).toBe(false);
});

test('one abort ends all that share the signal, each with its reason', async () => {
  script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
  await using credentials = await credentialsFor();
  const controller = new AbortController();
  const clients = Array.from({ length: 3 }, () => initiate(credentials, { signal: controller.signal }));
  const [driven, stepped, idle] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
  const ended = drain(driven.legs(neverComing()));
  await stepped.step();
  await settled();
  const reason = new Error('enough');
  controller.abort(reason);
  const expected = { code: 'ERR_SSPI_ABORTED', cause: reason };
  expect((await ended).error).toMatchObject(expected);
  expect(await rejection(stepped.step(bytes('x')))).toMatchObject(expected);
  expect(await rejection(idle.step())).toMatchObject(expected);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});
