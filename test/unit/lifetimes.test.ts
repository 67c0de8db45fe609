import { inspect } from 'node:util';
import { getEventListeners } from 'node:events';
import { accept, acquireCredentials, initiate, type SspiError } from 'sspi';
import {
  COMPLETE_NEEDED,
  CONTINUE,
  INCOMPLETE_MESSAGE,
  INVALID_TOKEN,
  SEC_E_OK,
  bytes,
  credentialsFor,
  drain,
  expectClean,
  gate,
  rejection,
  script,
  settled,
  silence,
  thrown,
} from './support';
import type { Binding } from '#lib/binding/binding';

afterEach(expectClean);

describe('handles', () => {
  test('a credential outlives its contexts: disposed early, living handshakes go on and new ones are refused', async () => {
    const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
    const credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    await credentials.dispose();
    expect(credentials.disposed).toBe(true);
    expect(binding.liveCounts().credentials).toBe(1);
    expect(thrown(() => initiate(credentials))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(thrown(() => accept(credentials))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(await rejection(credentials.name())).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(await client.step(bytes('a'))).toMatchObject({ expectsReply: false });
    await client.dispose();
    expect(binding.liveCounts().credentials).toBe(0);
  });

  test('if the first call fails there is no context, if a later one fails there is one: each is deleted once', async () => {
    const binding = script({
      initiator: ({ context, index }) => ({ status: context === 1 || index === 1 ? INVALID_TOKEN : CONTINUE }),
    });
    await using credentials = await credentialsFor();
    await using first = initiate(credentials);
    await rejection(first.step());
    await using second = initiate(credentials);
    await second.step();
    expect(binding.liveCounts().contexts).toBe(1);
    await rejection(second.step(bytes('x')));
    expect(binding.liveCounts().contexts).toBe(0);
    await Promise.all([first.dispose(), second.dispose(), second[Symbol.asyncDispose]()]);
    expect(binding.callsOf('DeleteSecurityContext').map(({ context }) => context)).toEqual([1, 2]);
  });

  test('a handshake that never began gives its hold on the credential back', async () => {
    const binding = script({});
    const credentials = await credentialsFor();
    const client = initiate(credentials);
    await client.dispose();
    await credentials.dispose();
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(0);
    expect(binding.liveCounts().credentials).toBe(0);
  });
});

describe('disposal', () => {
  test('of a handshake disposes its context, and the other way round; both are idempotent', async () => {
    const binding = script({ initiator: () => ({ status: SEC_E_OK }) });
    await using credentials = await credentialsFor();
    const one = initiate(credentials);
    await one.step();
    const { context } = one;
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    await one.dispose();
    expect([one.disposed, context.disposed]).toEqual([true, true]);
    expect(thrown(() => context.wrap(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(await rejection(one.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });

    const two = initiate(credentials);
    await two.step();
    await two.context.dispose();
    two.context[Symbol.dispose]();
    await two.context[Symbol.asyncDispose]();
    await two.dispose();
    expect(binding.callsOf('DeleteSecurityContext')).toHaveLength(2);
  });

  test('during a call: the pending step rejects at once, the context is freed when the call returns', async () => {
    const { promise, open } = gate();
    const binding = script({ acceptor: [{ status: SEC_E_OK, token: bytes('late'), until: promise }] });
    await using credentials = await credentialsFor();
    const server = accept(credentials);
    const pending = rejection(server.step(bytes('x')));
    const disposal = server.dispose();
    expect(await pending).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    let freed = false;
    void disposal.then(() => (freed = true));
    await settled();
    expect(freed).toBe(false);
    open();
    await disposal;
    expect(binding.liveCounts().contexts).toBe(0);
    expect(server.established).toBe(false);
    expect(thrown(() => server.context)).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(await rejection(server.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('during CompleteAuthToken: no context comes of it', async () => {
    const { promise, open } = gate();
    script({ acceptor: [{ status: COMPLETE_NEEDED }], complete: [{ until: promise }] });
    await using credentials = await credentialsFor();
    const server = accept(credentials);
    const pending = rejection(server.step(bytes('x')));
    await settled();
    server[Symbol.dispose]();
    expect(await pending).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    open();
    await settled();
    expect(server.established).toBe(false);
  });

  test('while legs() waits for the peer ends the wait', async () => {
    script({ acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    const server = accept(credentials);
    const pending = drain(server.legs(silence));
    await settled();
    await server.dispose();
    expect((await pending).error).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('of credentials is idempotent and shown', async () => {
    const binding = script({});
    const credentials = await credentialsFor();
    credentials[Symbol.dispose]();
    await credentials[Symbol.asyncDispose]();
    await credentials.dispose();
    expect(binding.callsOf('FreeCredentialsHandle')).toHaveLength(1);
    expect(inspect(credentials)).toContain('disposed');
  });
});

describe('abortion: settle now, retire the context when the call returns', () => {
  test('of a running step', async () => {
    const { promise, open } = gate();
    const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1'), until: promise }] });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    const client = initiate(credentials, { signal: controller.signal });
    const pending = rejection(client.step());
    const reason = new Error('user left');
    controller.abort(reason);
    const error = await pending;
    expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED', name: 'AbortError', cause: reason });
    // The step that runs, and the deletion that waits for it.
    expect(binding.liveCounts().calls).toBe(2);
    expect(binding.threadUse().atWork).toBe(1);
    open();
    await settled();
    expect(binding.liveCounts()).toMatchObject({ calls: 0, contexts: 0 });
    expect(await rejection(client.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error });
  });

  test('before the first step', async () => {
    const binding = script({});
    await using credentials = await credentialsFor();
    const client = initiate(credentials, { signal: AbortSignal.abort() });
    expect(await rejection(client.step())).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(await rejection(client.step())).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(0);
  });

  test('between two steps: the next one says so', async () => {
    script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    const client = initiate(credentials, { signal: controller.signal });
    await client.step();
    controller.abort();
    expect(await rejection(client.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });

  test('while legs() waits for the peer', async () => {
    script({ acceptor: [] });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    const server = accept(credentials, { signal: controller.signal });
    const pending = drain(server.legs(silence));
    await settled();
    controller.abort();
    expect((await pending).error).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
  });

  test('after the end touches nothing, and no listener stays behind', async () => {
    script({ initiator: ({ context }) => ({ status: context === 1 ? SEC_E_OK : INVALID_TOKEN }) });
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    await using client = initiate(credentials, { signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    await client.step();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    controller.abort();
    expect(client.context.disposed).toBe(false);

    const other = new AbortController();
    await using failing = initiate(credentials, { signal: other.signal });
    await rejection(failing.step());
    expect(getEventListeners(other.signal, 'abort')).toHaveLength(0);
  });

  test('of acquireCredentials: a handle that arrives late is freed', async () => {
    const { promise, open } = gate();
    const binding = script({ credential: { until: promise } });
    const controller = new AbortController();
    const pending = rejection(acquireCredentials({ package: 'Kerberos', use: 'outbound', signal: controller.signal }));
    await settled();
    controller.abort();
    expect(await pending).toMatchObject({ code: 'ERR_SSPI_ABORTED', name: 'AbortError' });
    open();
    await settled();
    expect(binding.callsOf('FreeCredentialsHandle')).toHaveLength(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  describe('while no thread is free', () => {
    const hint =
      'All 64 threads are inside SSPI and 2 calls wait for one, so calls are hanging: look for a domain controller that does not answer.';
    const busy = (binding: Binding, waiting: number, atWork = 64): unknown =>
      jest.spyOn(binding, 'threadUse').mockReturnValue({ atWork, most: 64, waiting });

    test('of a step: the error says so', async () => {
      const { promise, open } = gate();
      const binding = script({ initiator: [{ status: CONTINUE, until: promise }] });
      await using credentials = await credentialsFor();
      const controller = new AbortController();
      const client = initiate(credentials, { signal: controller.signal });
      const pending = rejection(client.step());
      busy(binding, 2);
      controller.abort();
      expect(await pending).toMatchObject({
        code: 'ERR_SSPI_ABORTED',
        hint,
        message: `The operation was aborted. ${hint}`,
      });
      open();
      await settled();
    });

    test('of acquireCredentials: the error says so', async () => {
      const { promise, open } = gate();
      const binding = script({ credential: { until: promise } });
      const controller = new AbortController();
      const { signal } = controller;
      const pending = rejection(acquireCredentials({ package: 'Kerberos', use: 'outbound', signal }));
      await settled();
      busy(binding, 2);
      controller.abort();
      expect(await pending).toMatchObject({ code: 'ERR_SSPI_ABORTED', hint });
      open();
      await settled();
    });

    test.each([
      ['all are at work, but no call waits', 0, 64],
      ['a call waits for a thread that is about to take it', 1, 63],
    ])('%s: there is nothing to say', async (_, waiting, atWork) => {
      const { promise, open } = gate();
      const binding = script({ initiator: [{ status: CONTINUE, until: promise }] });
      await using credentials = await credentialsFor();
      const controller = new AbortController();
      const pending = rejection(initiate(credentials, { signal: controller.signal }).step());
      busy(binding, waiting, atWork);
      controller.abort();
      expect(((await pending) as SspiError).hint).toBeUndefined();
      open();
      await settled();
    });

    test('between two steps, where no call is given up: there is nothing to say', async () => {
      const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
      await using credentials = await credentialsFor();
      const controller = new AbortController();
      const client = initiate(credentials, { signal: controller.signal });
      await client.step();
      busy(binding, 2);
      controller.abort();
      expect(((await rejection(client.step(bytes('x')))) as SspiError).hint).toBeUndefined();
    });
  });

  test('of acquireCredentials with an aborted signal calls nothing', async () => {
    const binding = script({});
    const signal = AbortSignal.abort();
    expect(await rejection(acquireCredentials({ package: 'NTLM', use: 'both', signal }))).toMatchObject({
      code: 'ERR_SSPI_ABORTED',
    });
    expect(binding.calls).toEqual([]);
  });
});

describe('a server bounds how long it waits for the peer’s next token', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  test('in legs(), after 60 seconds unless told otherwise', async () => {
    script({ acceptor: [] });
    await using credentials = await credentialsFor();
    const server = accept(credentials);
    const pending = drain(server.legs(silence));
    await settled();
    jest.advanceTimersByTime(59_999);
    await settled();
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    expect((await pending).error).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
  });

  test('between two steps: the next one says so, and the context is gone meanwhile', async () => {
    const binding = script({ acceptor: [{ status: CONTINUE, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    const server = accept(credentials, { peerTimeout: 500 });
    await server.step(bytes('a'));
    jest.advanceTimersByTime(500);
    expect(binding.liveCounts().contexts).toBe(0);
    expect(await rejection(server.step(bytes('b')))).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT', leg: 1 });
    expect(await rejection(server.step(bytes('b')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });

  test('each token gives the peer its time anew', async () => {
    script({
      acceptor: [{ status: CONTINUE, token: bytes('1') }, { status: INCOMPLETE_MESSAGE }, { status: SEC_E_OK }],
    });
    await using credentials = await credentialsFor('Schannel');
    await using server = accept(credentials, { peerTimeout: 500 });
    for (const token of ['a', 'b']) {
      await server.step(bytes(token));
      jest.advanceTimersByTime(499);
    }
    expect(await server.step(bytes('c'))).toMatchObject({ expectsReply: false });
    expect(jest.getTimerCount()).toBe(0);
  });

  test('does not count while a call runs', async () => {
    const { promise, open } = gate();
    script({ acceptor: [{ status: CONTINUE }, { status: SEC_E_OK, until: promise }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { peerTimeout: 500 });
    await server.step(bytes('a'));
    const pending = server.step(bytes('b'));
    jest.advanceTimersByTime(10_000);
    open();
    expect(await pending).toMatchObject({ expectsReply: false });
  });

  test('in legs(), does not count while this side is still sending', async () => {
    script({ acceptor: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { peerTimeout: 500 });
    for await (const leg of server.legs([bytes('a'), bytes('b')])) {
      expect(leg.token).toEqual(bytes('1'));
      jest.advanceTimersByTime(10_000);
    }
    expect(server.established).toBe(true);
  });

  test('legs() that take over from a step begin the wait anew', async () => {
    const { promise, open } = gate();
    script({ acceptor: [{ status: CONTINUE }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { peerTimeout: 500 });
    await server.step(bytes('a'));
    jest.advanceTimersByTime(400);
    const incoming = async function* () {
      await promise;
      yield bytes('b');
    };
    const pending = drain(server.legs(incoming()));
    jest.advanceTimersByTime(400);
    open();
    expect((await pending).result).toBe(server.context);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('Infinity turns it off, and an initiator has none unless told', async () => {
    script({ acceptor: [{ status: CONTINUE }], initiator: () => ({ status: CONTINUE }) });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { peerTimeout: Infinity });
    await server.step(bytes('a'));
    await using client = initiate(credentials);
    await client.step();
    expect(jest.getTimerCount()).toBe(0);
    await using other = initiate(credentials, { peerTimeout: 20 });
    await other.step();
    expect(jest.getTimerCount()).toBe(1);
  });

  test.each([[0], [-1], [NaN], ['60'], [null]])('%p is no time', async (peerTimeout) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => accept(credentials, { peerTimeout: peerTimeout as never }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });
});

test('a waiting server does not keep the process alive', async () => {
  script({ acceptor: [{ status: CONTINUE }] });
  await using credentials = await credentialsFor();
  const spy = jest.spyOn(globalThis, 'setTimeout');
  await using server = accept(credentials);
  await server.step(bytes('a'));
  const timer = spy.mock.results.at(-1)?.value as NodeJS.Timeout;
  spy.mockRestore();
  expect(timer.hasRef()).toBe(false);
});

test('reading the context early throws', async () => {
  script({ initiator: [{ status: CONTINUE }] });
  await using credentials = await credentialsFor();
  await using client = initiate(credentials);
  expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_NOT_ESTABLISHED' });
  await client.step();
  expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_NOT_ESTABLISHED' });
});
