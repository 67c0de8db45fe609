import { PassThrough } from 'node:stream';
import { accept, initiate } from 'sspi';
import {
  CONTINUE,
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
  thrown,
} from './support';

afterEach(expectClean);

/** An async iterable that counts how often it is asked and whether it is closed. */
function counted(tokens: readonly unknown[]) {
  const seen = { pulls: 0, returns: 0 };
  const iterator = {
    next: async () => {
      const value = tokens[seen.pulls++];
      return value === undefined
        ? { done: true as const, value: undefined }
        : { done: false as const, value: value as Buffer };
    },
    return: async () => {
      seen.returns++;
      return { done: true as const, value: undefined };
    },
  };
  return { seen, incoming: { [Symbol.asyncIterator]: () => iterator } };
}

const threeLegs = {
  initiator: [
    { status: CONTINUE, token: bytes('1') },
    { status: CONTINUE, token: bytes('2') },
    { status: SEC_E_OK, token: bytes('3') },
  ],
};

describe('incoming', () => {
  test('is pulled only when the peer owes a token, never past need, and never closed', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const { seen, incoming } = counted([bytes('a'), bytes('b'), bytes('the stream goes on')]);
    const legs = client.legs(incoming);
    expect((await legs.next()).value).toMatchObject({ token: bytes('1') });
    expect(seen.pulls).toBe(0);
    expect((await legs.next()).value).toMatchObject({ token: bytes('2') });
    expect(seen.pulls).toBe(1);
    expect((await legs.next()).value).toMatchObject({ token: bytes('3'), expectsReply: false });
    expect(await legs.next()).toEqual({ done: true, value: client.context });
    expect(seen).toEqual({ pulls: 2, returns: 0 });
  });

  test.each<[string, () => Iterable<Buffer> | AsyncIterable<Buffer>]>([
    ['an array', () => [bytes('a'), bytes('b')]],
    [
      'a generator',
      function* () {
        yield bytes('a');
        yield bytes('b');
      },
    ],
    [
      'an async generator',
      async function* () {
        yield bytes('a');
        yield bytes('b');
      },
    ],
    ['an array of promises', () => [Promise.resolve(bytes('a')), Promise.resolve(bytes('b'))] as unknown as Buffer[]],
    [
      'a stream',
      () => {
        const stream = new PassThrough({ objectMode: true });
        stream.write(bytes('a'));
        stream.write(bytes('b'));
        return stream;
      },
    ],
  ])('may be %s', async (_, make) => {
    const binding = script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const { legs, result } = await drain(client.legs(make()));
    expect(legs.map(({ token }) => token.toString())).toEqual(['1', '2', '3']);
    expect(result).toBe(client.context);
    expect(binding.callsOf('InitializeSecurityContext').map(({ input }) => input?.toString())).toEqual([
      undefined,
      'a',
      'b',
    ]);
  });

  test('an iterator that is handed in can be read on afterwards', async () => {
    script({ initiator: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    async function* source() {
      yield bytes('a');
      yield bytes('application data');
    }
    const iterator = source();
    await drain(client.legs(iterator));
    expect(await iterator.next()).toEqual({ done: false, value: bytes('application data') });
  });

  test('that ends while the peer owes a token: ERR_SSPI_PEER_ENDED, and the handshake is over', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const { legs, error } = await drain(client.legs([bytes('a')]));
    expect(legs).toHaveLength(2);
    expect(error).toMatchObject({ code: 'ERR_SSPI_PEER_ENDED' });
    expect(await rejection(client.step(bytes('b')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error });
  });

  test('whose own error passes through unchanged', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const incoming = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(reset) }) };
    expect((await drain(client.legs(incoming))).error).toBe(reset);
    expect(await rejection(client.step(bytes('b')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: reset });
  });

  test.each([['a string'], [undefined], [{}], [null]])(
    'that gives %p in the place of a token fails the handshake',
    async (wrong) => {
      script(threeLegs);
      await using credentials = await credentialsFor();
      await using client = initiate(credentials);
      const { legs, error } = await drain(client.legs([wrong] as unknown as Buffer[]));
      expect(legs).toHaveLength(1);
      expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
      expect(client.established).toBe(false);
    },
  );

  test('may be left out where the peer owes nothing', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: bytes('AP-REQ') }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    expect((await drain(client.legs())).legs).toHaveLength(1);
  });

  test('left out where the peer owes a token is an error that says so', async () => {
    script({ acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    expect((await drain(server.legs())).error).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
  });

  test.each([['text'], [5], [bytes('one token')], [{}], [null]])('cannot be %p', async (wrong) => {
    script({});
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    expect(thrown(() => client.legs(wrong as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});

describe('legs()', () => {
  test('yields only legs with something to send, a token of zero bytes among them', async () => {
    script({
      initiator: [
        { status: CONTINUE },
        { status: CONTINUE, token: Buffer.alloc(0) },
        { status: CONTINUE, token: bytes('x') },
        { status: SEC_E_OK, token: Buffer.alloc(0) },
      ],
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const { legs, result } = await drain(client.legs([bytes('a'), bytes('b'), bytes('c')]));
    expect(legs.map(({ index, token }) => [index, token.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(result).toBe(client.context);
  });

  test('left early ends the handshake', async () => {
    const binding = script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    for await (const leg of client.legs([bytes('a')])) {
      expect(leg.token).toEqual(bytes('1'));
      break;
    }
    expect(binding.callsOf('DeleteSecurityContext')).toHaveLength(1);
    expect(binding.liveCounts().contexts).toBe(0);
    expect(await rejection(client.step(bytes('a')))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    expect(await rejection(client.step(bytes('a')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });

  test('left at its last leg keeps the context: the handshake had ended', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    for await (const leg of client.legs()) {
      expect(leg.expectsReply).toBe(false);
      break;
    }
    expect(client.established).toBe(true);
    expect(client.context.disposed).toBe(false);
  });

  test('thrown into at its last leg keeps the context too', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const legs = client.legs();
    await legs.next();
    expect(await rejection(legs.throw(new Error('EPIPE')))).toMatchObject({ message: 'EPIPE' });
    expect(client.context.disposed).toBe(false);
  });

  test('left by an error of the sender ends the handshake', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const send = async () => {
      for await (const leg of client.legs([bytes('a')])) throw new Error(`EPIPE after ${leg.index}`);
    };
    expect(await rejection(send())).toMatchObject({ message: 'EPIPE after 0' });
    expect(client.established).toBe(false);
  });

  test('excludes steps and other iterations while it runs, and is not disturbed by them', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const legs = client.legs([bytes('a'), bytes('b')]);
    await legs.next();
    expect(await rejection(client.step(bytes('a')))).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    expect(await rejection(client.legs([]).next())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    expect((await drain(legs)).legs).toHaveLength(2);
    expect(client.established).toBe(true);
  });

  test('takes over from steps', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    const { legs } = await drain(client.legs([bytes('a'), bytes('b')]));
    expect(legs.map(({ index }) => index)).toEqual([1, 2]);
  });

  test('that is made and never iterated does nothing', async () => {
    const binding = script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    client.legs([]);
    await client.step();
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(1);
  });

  test('sees an abortion that happens while the sender is busy', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    const controller = new AbortController();
    await using client = initiate(credentials, { signal: controller.signal });
    const { seen, incoming } = counted([bytes('a')]);
    const legs = client.legs(incoming);
    await legs.next();
    controller.abort();
    expect((await drain(legs)).error).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(seen.pulls).toBe(0);
  });

  test('an error token is yielded once, also when the sender leaves at it', async () => {
    script({ acceptor: [{ status: INVALID_TOKEN, token: bytes('error') }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    for await (const leg of server.legs([bytes('x')])) {
      expect(leg).toMatchObject({ failed: true, expectsReply: false });
      break;
    }
    expect(await rejection(server.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });
});

describe('step()', () => {
  test('one call at a time: a second one rejects and does not disturb the first', async () => {
    const { promise, open } = gate();
    const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1'), until: promise }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    const first = client.step();
    expect(await rejection(client.step())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    expect(await rejection(client.legs([]).next())).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    open();
    expect(await first).toMatchObject({ token: bytes('1') });
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(1);
    await settled();
  });

  test('an initiator’s first step may carry a token: a server’s hint', async () => {
    const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1') }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step(bytes('NegTokenInit2'));
    expect(binding.callsOf('InitializeSecurityContext')[0]?.input).toEqual(bytes('NegTokenInit2'));
  });

  test('no input and an empty input differ: an empty one is given on as a token', async () => {
    const binding = script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    expect(await rejection(client.step())).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
    await client.step(Buffer.alloc(0));
    expect(binding.callsOf('InitializeSecurityContext').map(({ input }) => input)).toEqual([
      undefined,
      Buffer.alloc(0),
    ]);
  });

  test('a server given an empty first token refuses it, and goes on with a real one', async () => {
    const binding = script({ acceptor: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    expect(await rejection(server.step())).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
    expect(await rejection(server.step(Buffer.alloc(0)))).toMatchObject({ code: 'ERR_SSPI_EMPTY_TOKEN' });
    expect(binding.callsOf('AcceptSecurityContext')).toHaveLength(0);
    await server.step(bytes('a'));
    expect(await server.step(Buffer.alloc(0))).toMatchObject({ expectsReply: false });
  });

  test('legs are frozen', async () => {
    script(threeLegs);
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    expect(Object.isFrozen(await client.step())).toBe(true);
  });
});
