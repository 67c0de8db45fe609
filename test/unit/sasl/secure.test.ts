import fc from 'fast-check';
import net from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanUp, domain, established, onCleanUp } from './support';
import { frame } from '#lib/wire/sasl-frames';
import type { Mechanism, MechanismOptions } from 'sspi/sasl';

afterEach(cleanUp);

const layers = ['none', 'integrity', 'confidentiality'] as const;

/** Two ends of a connection in memory, which cuts what is written as the test says. */
function connection(cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]): [Duplex, Duplex] {
  const left: Wire = new Wire(() => right, cut);
  const right: Wire = new Wire(() => left, cut);
  return [left, right];
}

class Wire extends Duplex {
  readonly #peer: () => Wire;
  readonly #cut: (bytes: Buffer) => Buffer[];
  #resume: (() => void) | undefined;

  constructor(peer: () => Wire, cut: (bytes: Buffer) => Buffer[]) {
    super({ allowHalfOpen: true, highWaterMark: 1024 });
    this.#peer = peer;
    this.#cut = cut;
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    const peer = this.#peer();
    if (peer.destroyed) {
      done(new Error('EPIPE'));
      return;
    }
    let more = true;
    for (const piece of this.#cut(chunk)) more = peer.push(piece);
    if (more) setImmediate(done);
    else peer.#resume = () => setImmediate(done);
  }

  override _final(done: () => void): void {
    this.#peer().push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const orderly = this.readableEnded && this.writableFinished;
    if (!orderly) setImmediate(() => this.#peer().destroy());
    done(error);
  }
}

async function secured(
  [left, right]: readonly [Duplex, Duplex],
  options: Partial<MechanismOptions> = {},
  ofServer: Partial<MechanismOptions> = options,
): Promise<{ ours: Duplex; theirs: Duplex; initiator: Mechanism; acceptor: Mechanism }> {
  const { initiator, acceptor } = await established(options, ofServer);
  const [ours, theirs] = [initiator.secure(left), acceptor.secure(right)];
  onCleanUp(() => {
    for (const stream of [ours, theirs]) stream.on('error', () => undefined).destroy();
  });
  return { ours, theirs, initiator, acceptor };
}

async function closed(stream: Duplex): Promise<void> {
  if (!stream.closed) await once(stream, 'close');
}

/** Unlike an async iterator, this does not destroy the stream, whose other half may still be open. */
async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** Cuts bytes at places that follow from a seed. */
function cutter(sizes: readonly number[]): (bytes: Buffer) => Buffer[] {
  let next = 0;
  return (bytes) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = sizes[next++ % sizes.length] as number;
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return pieces;
  };
}

test.each(layers)('any chunks, cut in any way, arrive whole in both directions: %s', async (layer) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }),
      fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 256, max: 4096 }),
      fc.integer({ min: 256, max: 4096 }),
      async (up, down, sizes, ourBuffer, theirBuffer) => {
        domain();
        const { ours, theirs } = await secured(
          connection(cutter(sizes)),
          { layer, maxBuffer: ourBuffer },
          { layer, maxBuffer: theirBuffer },
        );
        for (const chunk of up) ours.write(chunk);
        for (const chunk of down) theirs.write(chunk);
        ours.end();
        theirs.end();
        const [received, answered] = await Promise.all([readAll(theirs), readAll(ours)]);
        expect(received.equals(Buffer.concat(up))).toBe(true);
        expect(answered.equals(Buffer.concat(down))).toBe(true);
        await cleanUp();
      },
    ),
    { numRuns: 60 },
  );
});

test('any change of one byte of the stream is noticed, and nothing after it is delivered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(4000), fc.integer({ min: 1, max: 255 }), async (place, mask) => {
      domain();
      let at = 0;
      const changed = (bytes: Buffer): Buffer[] => {
        const copy = Buffer.from(bytes);
        const index = place - at;
        if (index >= 0 && index < copy.length) copy.writeUInt8(copy.readUInt8(index) ^ mask, index);
        at += copy.length;
        return [copy];
      };
      const { ours, theirs } = await secured(connection(changed), { maxBuffer: 1000 });
      const sent = Buffer.alloc(5000, 'x');
      const received: Buffer[] = [];
      theirs.on('data', (chunk: Buffer) => received.push(chunk));
      ours.on('error', () => undefined);
      ours.end(sent);
      const error = await new Promise<{ code?: string }>((resolve) => theirs.once('error', resolve));
      expect(error.code).toMatch(/^(SEC_E_\w+|ERR_SSPI_SASL_FRAME|ERR_SSPI_NOT_ENCRYPTED)$/);
      const all = Buffer.concat(received);
      expect(all.length).toBeLessThan(sent.length);
      expect(all.equals(sent.subarray(0, all.length))).toBe(true);
      await cleanUp();
    }),
    { numRuns: 60 },
  );
});

describe('frames', () => {
  test('stay within the maximum that the peer has announced', async () => {
    domain();
    const [left, right] = connection();
    const { initiator } = await established({}, { maxBuffer: 300 });
    const ours = initiator.secure(left);
    ours.end(Buffer.alloc(2000));
    const raw = await readAll(right);
    const lengths: number[] = [];
    for (let at = 0; at < raw.length; at += 4 + raw.readUInt32BE(at)) lengths.push(raw.readUInt32BE(at));
    expect(lengths.length).toBeGreaterThan(6);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300);
    right.destroy();
    ours.destroy();
  });

  test.each<[string, (initiator: Mechanism) => Buffer[], string]>([
    ['larger than announced', () => [Buffer.from('00001001', 'hex')], 'ERR_SSPI_SASL_FRAME'],
    ['of 4 GB', () => [Buffer.from('ffffffff', 'hex')], 'ERR_SSPI_SASL_FRAME'],
    ['of no bytes', () => [Buffer.alloc(4)], 'ERR_SSPI_SASL_FRAME'],
    ['in plaintext', () => [frame(Buffer.from('this is no protected message at all'))], 'SEC_E_INVALID_TOKEN'],
    [
      'only signed',
      (initiator) => [frame(initiator.context.wrap(Buffer.from('x'), { encrypt: false }))],
      'ERR_SSPI_NOT_ENCRYPTED',
    ],
    [
      'twice',
      (initiator) => {
        const once = frame(initiator.wrap(Buffer.from('x')));
        return [once, once];
      },
      'SEC_E_OUT_OF_SEQUENCE',
    ],
    [
      'out of order',
      (initiator) => {
        const [first, second] = [frame(initiator.wrap(Buffer.from('x'))), frame(initiator.wrap(Buffer.from('y')))];
        return [second, first];
      },
      'SEC_E_OUT_OF_SEQUENCE',
    ],
  ])('%s: an error that destroys both streams', async (_, made, code) => {
    domain();
    const { initiator, acceptor } = await established({}, { maxBuffer: 4096 });
    const [left, right] = connection();
    const theirs = acceptor.secure(right);
    theirs.resume();
    for (const bytes of made(initiator)) left.write(bytes);
    const [error] = (await once(theirs, 'error')) as [{ code: string }];
    expect(error.code).toBe(code);
    expect([theirs.destroyed, right.destroyed]).toEqual([true, true]);
    expect(() => acceptor.context).toThrow(expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }));
    left.destroy();
  });

  test.each([1, 3, 4, 20])('cut short after %i bytes: an error, not an end', async (length) => {
    domain();
    const { initiator, acceptor } = await established();
    const [left, right] = connection();
    const theirs = acceptor.secure(right);
    theirs.resume();
    left.end(frame(initiator.wrap(Buffer.from('hello'))).subarray(0, length));
    const [error] = (await once(theirs, 'error')) as [{ code: string }];
    expect(error.code).toBe('ERR_SSPI_SASL_FRAME');
  });
});

describe('back-pressure', () => {
  test('a reader that stops stops the writer', async () => {
    domain();
    const { ours, theirs } = await secured(connection(), { maxBuffer: 1024 });
    let written = 0;
    const source = async (): Promise<void> => {
      for (let i = 0; i < 2000; i += 1) {
        written += 1000;
        if (!ours.write(Buffer.alloc(1000, i))) await once(ours, 'drain');
      }
      ours.end();
    };
    const writing = source();
    await delay(50);
    expect(written).toBeLessThan(200_000);
    expect((await readAll(theirs)).length).toBe(2_000_000);
    await writing;
  });

  test('one enormous write is protected piece by piece, as it is taken', async () => {
    domain();
    const { ours, theirs, initiator } = await secured(connection());
    const wrapped = jest.spyOn(initiator.context, 'wrap');
    ours.end(Buffer.alloc(4_000_000, 'y'));
    await delay(20);
    expect(wrapped.mock.calls.length).toBeLessThan(10);
    expect((await readAll(theirs)).equals(Buffer.alloc(4_000_000, 'y'))).toBe(true);
    expect(wrapped.mock.calls.length).toBe(Math.ceil(4_000_000 / 65_536));
  });
});

describe('the ends', () => {
  test('one side ends, and the other one still answers', async () => {
    domain();
    const { ours, theirs } = await secured(connection());
    ours.end('question');
    expect((await readAll(theirs)).toString()).toBe('question');
    theirs.end('answer');
    expect((await readAll(ours)).toString()).toBe('answer');
    await Promise.all([ours, theirs].map((each) => closed(each)));
  });

  test('over TCP, where the connection has no half-close of its own', async () => {
    domain();
    const listener = net.createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepted = once(listener, 'connection') as Promise<[net.Socket]>;
    const left = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    await once(left, 'connect');
    const [right] = await accepted;
    const { ours, theirs, initiator } = await secured([left, right]);
    ours.write('hello');
    const [chunk] = (await once(theirs, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('hello');
    theirs.end('bye');
    expect((await readAll(ours)).toString()).toBe('bye');
    await Promise.all([ours, theirs].map((each) => closed(each)));
    expect([left.destroyed, right.destroyed]).toEqual([true, true]);
    expect(() => initiator.context).toThrow(expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }));
    listener.close();
  });

  test('an error of the connection is the stream’s, and fails what waits to be written', async () => {
    domain();
    const [left, right] = connection();
    const { ours, theirs } = await secured([left, right]);
    theirs.on('error', () => undefined);
    const failure = new Error('ECONNRESET');
    const told = once(ours, 'error');
    const lost = new Promise((resolve) => ours.write(Buffer.alloc(1_000_000), resolve));
    left.destroy(failure);
    expect(await told).toEqual([failure]);
    expect(await lost).toBeInstanceOf(Error);
  });

  test('a connection that vanishes closes the stream', async () => {
    domain();
    const { ours, theirs } = await secured(connection());
    theirs.destroy();
    ours.resume();
    await once(ours, 'close');
    expect(ours.readableEnded).toBe(false);
  });

  test('destroying the stream destroys the connection', async () => {
    domain();
    const [left, right] = connection();
    const { ours } = await secured([left, right]);
    ours.destroy();
    await once(ours, 'close');
    expect(left.destroyed).toBe(true);
  });
});

test('bytes that have arrived before are the first frames', async () => {
  domain();
  const { initiator, acceptor } = await established();
  const [left, right] = connection();
  const ours = initiator.secure(left);
  ours.write('early');
  await delay(20);
  expect(right.readableLength).toBeGreaterThan(0);
  const theirs = acceptor.secure(right);
  const [chunk] = (await once(theirs, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('early');
  for (const stream of [ours, theirs]) stream.destroy();
});

test('text is written in its encoding, and messages of no bytes are none of the reader’s business', async () => {
  domain();
  const { initiator, acceptor } = await established();
  const [left, right] = connection();
  const [ours, theirs] = [initiator.secure(left), acceptor.secure(right)];
  left.write(frame(initiator.wrap(Buffer.alloc(0))));
  ours.write('676f', 'hex');
  const [chunk] = (await once(theirs, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('go');
  for (const stream of [ours, theirs]) stream.destroy();
});

test('one mechanism makes one stream, and none before its end', async () => {
  domain();
  const { initiator } = await established();
  const stream = initiator.secure(new PassThrough());
  expect(() => initiator.secure(new PassThrough())).toThrow(expect.objectContaining({ code: 'ERR_SSPI_BUSY' }));
  stream.destroy();
});
