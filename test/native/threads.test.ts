/** One call at a time on a context, many contexts at once, and calls that take their time. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { accept, stats, type Leg, type SspiError } from 'sspi';
import { Channel } from './support/drive';
import { leavesNothingAlive, liveCounts } from './support/live-counts';
import { drain, rejection } from '../outcome';
import { functionOf, perform, sides, type Side } from './support/perform';
import { describeScripted, journalOf, keepsTheRules, play, readJournal, shutGate } from './support/scripted';

leavesNothingAlive();

/** What "at once" may take on a busy machine, in milliseconds. */
const atOnce = 500;

async function timed<T>(promise: Promise<T>): Promise<{ value: T; milliseconds: number }> {
  const start = performance.now();
  const value = await promise;
  return { value, milliseconds: performance.now() - start };
}

/** Many handshakes that make their first leg at the same time, each with credentials of its own. */
async function crowd(
  size: number,
  side: Side,
  script: string,
): Promise<{ step(): Promise<readonly Leg[]> } & AsyncDisposable> {
  const performances = await Promise.all(Array.from({ length: size }, () => perform(side, script)));
  return {
    step: () => Promise.all(performances.map((performance) => performance.step())),
    async [Symbol.asyncDispose]() {
      await Promise.all(performances.map((performance) => performance[Symbol.asyncDispose]()));
    },
  };
}

describeScripted('threads', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    test('one call at a time on a context: a second step is refused, and the first goes on', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t gate=two; leg SEC_E_OK token=text:e',
      );
      await using gate = await shutGate('two');
      const first = performance.step();
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
      expect((await drain(performance.handshake.legs([Buffer.from('x')]))).error).toMatchObject({
        code: 'ERR_SSPI_BUSY',
      });
      await gate.open();
      expect(await first).toMatchObject({ token: Buffer.from('t'), expectsReply: true });
      expect(await performance.step()).toMatchObject({ token: Buffer.from('e'), expectsReply: false });
      expect(await performance.calls()).toHaveLength(2);
    });

    test('while legs() drives the handshake, step() is refused', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK token=text:e',
      );
      const incoming = new Channel();
      if (side === 'asc') incoming.push(Buffer.from('x'));
      const legs = performance.handshake.legs(incoming);
      await legs.next();
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
      incoming.push(Buffer.from('y'));
      expect((await legs.next()).value).toMatchObject({ token: Buffer.from('e') });
      expect((await legs.next()).done).toBe(true);
    });

    test('calls on one context are serialised, in the order they were made', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr lifespan delay=30; attr flags delay=1; attr packageinfo delay=10',
      );
      await performance.step();
      const { context } = performance.handshake;
      const settled: string[] = [];
      const ask = async (name: 'lifespan' | 'flags' | 'packageInfo') => {
        await context.queryAttribute(name);
        settled.push(name);
      };
      await Promise.all([ask('lifespan'), ask('flags'), ask('packageInfo')]);
      expect(settled).toEqual(['lifespan', 'flags', 'packageInfo']);
      expect((await readJournal()).mostRunning).toBe(1);
    });

    test('calls on many contexts wait side by side', async () => {
      await using many = await crowd(40, side, 'leg SEC_E_OK delay=200');
      const { milliseconds } = await timed(many.step());
      expect(milliseconds).toBeLessThan(40 * 200 * 0.25);
      expect((await readJournal()).mostRunning).toBeGreaterThan(20);
    });

    test('an abort settles now; the context goes when the call returns', async () => {
      const controller = new AbortController();
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK gate=slow',
        {},
        { signal: controller.signal },
      );
      await using gate = await shutGate('slow');
      await performance.step();
      const pending = rejection(performance.step());
      await sleep(20);
      const reason = new Error('enough');
      controller.abort(reason);
      const { value: error, milliseconds } = await timed(pending);
      expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED', name: 'AbortError', cause: reason });
      expect(milliseconds).toBeLessThan(atOnce);
      expect((await readJournal()).contexts).toBe(1);
      expect(liveCounts().calls).toBeGreaterThan(0);
      await gate.open();
      await performance.handshake.dispose();
      expect((await readJournal()).contexts).toBe(0);
      expect((await journalOf('DeleteSecurityContext')).length).toBe(1);
    });

    test('an abort on the first leg deletes the context that the call still makes', async () => {
      const controller = new AbortController();
      await using performance = await perform(side, 'leg SEC_E_OK gate=first', {}, { signal: controller.signal });
      await using gate = await shutGate('first');
      const pending = rejection(performance.step());
      controller.abort();
      expect(await pending).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
      await gate.open();
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ established: true }]);
    });

    test('an abort while CompleteAuthToken runs settles now, too', async () => {
      const controller = new AbortController();
      await using performance = await perform(
        side,
        'leg SEC_I_COMPLETE_NEEDED token=text:t completegate=completing',
        {},
        { signal: controller.signal },
      );
      await using gate = await shutGate('completing');
      const pending = rejection(performance.step());
      await sleep(20);
      controller.abort();
      expect((await timed(pending)).milliseconds).toBeLessThan(atOnce);
      await gate.open();
      await performance.handshake.dispose();
      expect(performance.handshake.established).toBe(false);
    });

    test('an abort between two legs ends the handshake, and deletes its context at once', async () => {
      const controller = new AbortController();
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK',
        {},
        { signal: controller.signal },
      );
      await performance.step();
      controller.abort();
      const error = await rejection(performance.step());
      expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
      await performance.handshake.dispose();
      expect(await performance.calls()).toHaveLength(1);
    });

    test('a signal that was aborted before makes no call', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK', {}, { signal: AbortSignal.abort() });
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
      expect(await performance.calls()).toEqual([]);
    });

    test('an abort after the end leaves the context alone', async () => {
      const controller = new AbortController();
      await using performance = await perform(side, 'leg SEC_E_OK', {}, { signal: controller.signal });
      await performance.step();
      controller.abort();
      expect(performance.handshake.established).toBe(true);
      expect(performance.handshake.context.disposed).toBe(false);
      expect(performance.handshake.context.clientName).toBe('SCRIPTED\\peer');
    });

    test('an abort while legs() waits for the peer settles now', async () => {
      const controller = new AbortController();
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK',
        {},
        { signal: controller.signal },
      );
      const incoming = new Channel();
      if (side === 'asc') incoming.push(Buffer.from('x'));
      setTimeout(() => controller.abort(), 20);
      const { legs, error } = await drain(performance.handshake.legs(incoming));
      expect(legs).toHaveLength(1);
      expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    });

    test('disposing during a call is deferred until the call returns', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK gate=disposing');
      await using gate = await shutGate('disposing');
      await performance.step();
      const pending = rejection(performance.step());
      await sleep(20);
      let disposed = false;
      const disposing = performance.handshake.dispose().then(() => (disposed = true));
      expect(await pending).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
      expect((await readJournal()).contexts).toBe(1);
      expect(disposed).toBe(false);
      await gate.open();
      await disposing;
      const calls = await journalOf(functionOf(side), 'DeleteSecurityContext');
      expect(calls.at(-1)?.call).toBe('DeleteSecurityContext');
      expect((await readJournal()).contexts).toBe(0);
    });

    test('a server bounds how long it waits for the peer’s next token: legs()', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK',
        {},
        { peerTimeout: 50 },
      );
      const incoming = new Channel();
      if (side === 'asc') incoming.push(Buffer.from('x'));
      const { value, milliseconds } = await timed(drain(performance.handshake.legs(incoming)));
      expect(value.error).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT', leg: 1 });
      expect(milliseconds).toBeGreaterThan(40);
      await performance.handshake.dispose();
      expect((await journalOf('DeleteSecurityContext')).length).toBe(1);
    });

    test('a server bounds how long it waits for the peer’s next token: step()', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK',
        {},
        { peerTimeout: 50 },
      );
      await performance.step();
      await sleep(120);
      expect((await readJournal()).contexts).toBe(0);
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
      expect(await performance.calls()).toHaveLength(1);
    });

    test('the time that the own call takes is not the peer’s', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t delay=150; leg SEC_E_OK delay=150',
        {},
        { peerTimeout: 100 },
      );
      await performance.step();
      expect(await performance.step()).toMatchObject({ expectsReply: false });
      await sleep(150);
      expect(performance.handshake.context.disposed).toBe(false);
    });
  });

  test('stats() tells what is alive, what runs, and for how long', async () => {
    const before = stats();
    expect(before).toMatchObject({ threads: { atWork: 0, most: 64 }, queued: 0 });
    expect(before.oldestCall).toBeUndefined();
    await using performance = await perform('isc', 'isc SEC_I_CONTINUE_NEEDED token=text:t gate=held; isc SEC_E_OK');
    await using gate = await shutGate('held');
    const first = performance.step();
    await sleep(300);
    await (await play('leg SEC_E_OK')).dispose(); // a younger call that ends
    const during = stats();
    expect(during.live).toMatchObject({ credentials: before.live.credentials + 1, calls: 1 });
    expect(during.threads.atWork).toBe(1);
    expect(during.oldestCall).toBeGreaterThanOrEqual(290);
    expect(during.oldestCall).toBeLessThan(60_000);
    await gate.open();
    await first;
    expect(stats().oldestCall).toBeUndefined();
    expect(stats().live).toMatchObject({ contexts: before.live.contexts + 1, calls: 0 });
  });

  test('aborting acquireCredentials rejects at once; a credential that arrives later is freed', async () => {
    await using gate = await shutGate('acquiring');
    const controller = new AbortController();
    const pending = rejection(play('acquire gate=acquiring; leg SEC_E_OK', { signal: controller.signal }));
    await sleep(20);
    controller.abort();
    const { value: error, milliseconds } = await timed(pending);
    expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(milliseconds).toBeLessThan(atOnce);
    await gate.open();
    const end = performance.now() + 2000;
    while ((await journalOf('FreeCredentialsHandle')).length === 0 && performance.now() < end) await sleep(5);
    expect(await journalOf('FreeCredentialsHandle')).toHaveLength(1);
  });

  test('acquireCredentials with an aborted signal makes no call', async () => {
    expect(await rejection(play('leg SEC_E_OK', { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_SSPI_ABORTED',
    });
    expect(await journalOf('AcquireCredentialsHandle')).toEqual([]);
  });

  test('calls that hang hold up neither the event loop nor libuv’s pool', async () => {
    await using many = await crowd(64, 'isc', 'leg SEC_E_OK delay=1500');
    let returned = false;
    const pending = many.step().finally(() => (returned = true));
    const files = Promise.all(Array.from({ length: 20 }, () => fs.promises.readFile(__filename)));
    expect((await timed(files)).milliseconds).toBeLessThan(atOnce);
    expect((await timed(sleep(1))).milliseconds).toBeLessThan(atOnce);
    expect(returned).toBe(false);
    expect((await pending).every(({ expectsReply }) => !expectsReply)).toBe(true);
  });

  describe('a call that hangs', () => {
    const giveUp = new Error('enough');

    test('keeps no other from a thread while fewer than 64 hang, and nobody speaks of threads', async () => {
      const controller = new AbortController();
      await using hanging = await crowd(62, 'isc', 'leg SEC_E_OK delay=3000');
      await using slow = await perform('isc', 'leg SEC_E_OK delay=3000', {}, { signal: controller.signal });
      await using other = await perform('isc', 'leg SEC_E_OK');
      let returned = false;
      const pending = hanging.step().finally(() => (returned = true));
      const refused = rejection(slow.step());
      expect((await timed(other.step())).milliseconds).toBeLessThan(atOnce);
      controller.abort(giveUp);
      const error = (await refused) as SspiError;
      expect(error).toMatchObject({ code: 'ERR_SSPI_ABORTED', cause: giveUp });
      expect(error.hint).toBeUndefined();
      expect(returned).toBe(false);
      await pending;
    });

    test('where 64 hang, the 65th waits, and says so when it is given up', async () => {
      const controller = new AbortController();
      await using hanging = await crowd(64, 'isc', 'leg SEC_E_OK delay=3000');
      await using last = await perform('isc', 'leg SEC_E_OK', {}, { signal: controller.signal });
      const pending = hanging.step();
      const refused = rejection(last.step());
      await sleep(500);
      controller.abort(giveUp);
      expect(await refused).toMatchObject({
        code: 'ERR_SSPI_ABORTED',
        cause: giveUp,
        hint: expect.stringMatching(
          /^All 64 threads are inside SSPI and 1 call waits for one, so calls hang: /,
        ) as string,
      });
      expect(((await refused) as SspiError).hint).toMatch(/ The oldest call began \d+ s ago\.$/);
      await pending;
    });
  });

  test('threads are bounded: calls beyond them wait their turn, and all are made', async () => {
    await using many = await crowd(200, 'isc', 'leg SEC_E_OK delay=50');
    await many.step();
    expect((await readJournal()).mostRunning).toBeLessThanOrEqual(64);
    expect(await journalOf(functionOf('isc'))).toHaveLength(200);
  });

  test('leaving a handshake and its credentials by `using` frees both', async () => {
    {
      await using credentials = await play('leg SEC_E_OK');
      using server = accept(credentials);
      await server.step(Buffer.from('x'));
    }
    const end = performance.now() + 2000;
    while ((await readJournal()).credentials > 0 && performance.now() < end) await sleep(5);
    expect((await journalOf('DeleteSecurityContext', 'FreeCredentialsHandle')).map(({ call }) => call)).toEqual([
      'DeleteSecurityContext',
      'FreeCredentialsHandle',
    ]);
  });
});
