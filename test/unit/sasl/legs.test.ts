import { setTimeout as delay } from 'node:timers/promises';
import type { SspiError } from 'sspi';
import { cleanUp, client, domain, server, target } from './support';
import { gate, rejection } from '../support';
import type { SendableLeg } from 'sspi';

afterEach(cleanUp);

/** One direction of a connection: what one side sends, the other one pulls. */
class Pipe {
  readonly #waiting: Buffer[] = [];
  #wake: (() => void) | undefined;
  pulled = 0;

  send(token: Buffer): void {
    this.#waiting.push(token);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for (;;) {
      this.pulled += 1;
      while (this.#waiting.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      yield this.#waiting.shift() as Buffer;
    }
  }
}

async function sendAll(legs: AsyncIterable<SendableLeg>, pipe: Pipe): Promise<number> {
  let count = 0;
  for await (const leg of legs) {
    pipe.send(leg.token);
    count += 1;
  }
  return count;
}

test('two loops sign on to each other, and pull only what the peer owes', async () => {
  domain();
  const [up, down] = [new Pipe(), new Pipe()];
  const [initiator, acceptor] = [client(), server()];
  const counts = await Promise.all([sendAll(initiator.legs(down), up), sendAll(acceptor.legs(up), down)]);
  expect(counts).toEqual([3, 2]);
  expect([up.pulled, down.pulled]).toEqual([3, 2]);
  expect([initiator.established, acceptor.established]).toEqual([true, true]);
});

test('the loop returns the context', async () => {
  domain();
  const acceptor = server({ mechanism: 'GSS-SPNEGO' });
  const initiator = client({ mechanism: 'GSS-SPNEGO' });
  const iterator = acceptor.legs([(await initiator.step()).token as Buffer]);
  expect((await iterator.next()).value).toMatchObject({ expectsReply: false, failed: false });
  const end = await iterator.next();
  expect(end).toEqual({ done: true, value: acceptor.context });
});

test('leaving the loop early ends the exchange', async () => {
  domain();
  const initiator = client();
  for await (const leg of initiator.legs([])) {
    expect(leg.index).toBe(0);
    break;
  }
  expect(await rejection(initiator.step())).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
});

test('challenges that end too early are an error', async () => {
  domain();
  expect(await rejection(drained(client().legs([])))).toMatchObject({ code: 'ERR_SSPI_PEER_ENDED' });
});

test('what the source throws passes through, and the mechanism is freed', async () => {
  domain();
  const failure = new Error('reset');
  const source = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject<IteratorResult<Buffer>>(failure) }),
  };
  expect(await rejection(drained(client().legs(source)))).toBe(failure);
});

test('one thing at a time drives it', async () => {
  domain();
  const initiator = client();
  const running = initiator.step();
  expect(await rejection(initiator.step())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
  expect(await rejection(drained(initiator.legs([])))).toMatchObject({ code: 'ERR_SSPI_BUSY' });
  expect(await running).toMatchObject({ expectsReply: true });
});

describe('a signal', () => {
  test.each(['before the first leg', 'during a leg', 'while the peer owes a message'])('%s', async (when) => {
    domain();
    const controller = new AbortController();
    const initiator = client({ signal: controller.signal });
    const reason = new Error('enough');
    if (when === 'before the first leg') controller.abort(reason);
    const never = new Pipe();
    const running = rejection(drained(initiator.legs(never)));
    if (when === 'during a leg') controller.abort(reason);
    if (when === 'while the peer owes a message') {
      await until(() => never.pulled > 0);
      controller.abort(reason);
    }
    expect(await running).toMatchObject({ code: 'ERR_SSPI_ABORTED', name: 'AbortError', cause: reason });
  });

  test('while the server decides about an authzid', async () => {
    domain();
    const controller = new AbortController();
    const { promise, open } = gate();
    const acceptor = server({
      signal: controller.signal,
      authorize: async () => {
        controller.abort();
        await promise;
        return true;
      },
    });
    const initiator = client({ authzid: 'x' });
    const ap = await acceptor.step((await initiator.step()).token);
    const offer = await acceptor.step((await initiator.step(ap.token)).token);
    const { token } = await initiator.step(offer.token);
    expect(await rejection(acceptor.step(token))).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    open();
    await delay(0);
    expect(acceptor.established).toBe(false);
  });

  test('after the end changes nothing, and has no listener left', async () => {
    domain();
    const controller = new AbortController();
    const removed: string[] = [];
    const { signal } = controller;
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      removed.push(args[0]);
      remove(...args);
    };
    const acceptor = server({ mechanism: 'GSS-SPNEGO', signal });
    await acceptor.step((await client({ mechanism: 'GSS-SPNEGO' }).step()).token);
    expect(removed).toContain('abort');
    controller.abort();
    expect(acceptor.wrap(Buffer.from('x')).length).toBeGreaterThan(1);
  });
});

describe('a peer that takes too long', () => {
  test('ends the loop', async () => {
    domain();
    const error = await rejection(drained(client({ peerTimeout: 20 }).legs(new Pipe())));
    expect(error).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
  });

  test('ends an exchange by hand', async () => {
    domain();
    const acceptor = server({ peerTimeout: 20 });
    await acceptor.step((await client().step()).token);
    await delay(60);
    expect(await rejection(acceptor.step(Buffer.alloc(0)))).toMatchObject({
      code: 'ERR_SSPI_HANDSHAKE_FAILED',
      cause: expect.objectContaining({ code: 'ERR_SSPI_PEER_TIMEOUT' }) as SspiError,
    });
  });
});

describe('disposal', () => {
  test('during a leg rejects it at once', async () => {
    domain();
    const initiator = client();
    const running = rejection(initiator.step());
    await initiator.dispose();
    expect(await running).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('is idempotent, and ends what was established', async () => {
    domain();
    const acceptor = server({ mechanism: 'GSS-SPNEGO' });
    await acceptor.step((await client({ mechanism: 'GSS-SPNEGO' }).step()).token);
    const { context } = acceptor;
    await Promise.all([acceptor.dispose(), acceptor.dispose()]);
    expect(context.disposed).toBe(true);
    expect(() => acceptor.context).toThrow(expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }));
  });
});

test('a user without an account fails with what the core says', async () => {
  domain();
  const error = await rejection(client({ identity: { user: 'alice', password: 'wrong' }, target }).step());
  expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED' });
});

async function drained(legs: AsyncIterable<unknown>): Promise<void> {
  for await (const leg of legs) expect(leg).toMatchObject({ failed: false });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1);
}
