import fc from 'fast-check';
import { accept, acquireCredentials, initiate, SspiError, type Handshake, type Leg } from 'sspi';
import { scriptedProvider, type ScriptedProvider } from '#lib/testing/scripted-provider';
import type { LegCall, ScriptedLeg } from '#lib/testing/script';
import { useBinding } from '#lib/binding/load';
import {
  COMPLETE_AND_CONTINUE,
  COMPLETE_NEEDED,
  CONTINUE,
  INCOMPLETE_CREDENTIALS,
  INCOMPLETE_MESSAGE,
  LOGON_DENIED,
  SEC_E_OK,
  settled,
} from './support';

/** Any order of statuses and tokens, on both sides, driven both ways, disturbed at any moment: the rules hold. */

type Kind =
  | 'continue'
  | 'complete-continue'
  | 'incomplete'
  | 'credentials'
  | 'ok'
  | 'complete'
  | 'complete-fails'
  | 'fails'
  | 'faults';

interface Call {
  readonly kind: Kind;
  /** Length of the output token; undefined if the output is not touched. */
  readonly token: number | undefined;
  /** How much of the input is left unread, in eighths. */
  readonly unread: number;
  /** Turns of the event loop that the call takes. */
  readonly turns: number;
}

interface Plan {
  readonly side: 'initiator' | 'acceptor';
  readonly stream: boolean;
  readonly drive: 'step' | 'legs';
  readonly calls: readonly Call[];
  readonly chunks: readonly number[];
  readonly hint: boolean;
}

const statuses: Record<Kind, number> = {
  continue: CONTINUE,
  'complete-continue': COMPLETE_AND_CONTINUE,
  incomplete: INCOMPLETE_MESSAGE,
  credentials: INCOMPLETE_CREDENTIALS,
  ok: SEC_E_OK,
  complete: COMPLETE_NEEDED,
  'complete-fails': COMPLETE_NEEDED,
  fails: LOGON_DENIED,
  faults: SEC_E_OK,
};

const call = (kinds: readonly Kind[]): fc.Arbitrary<Call> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    token: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    unread: fc.constantFrom(0, 0, 0, 3, 6, 8),
    turns: fc.constantFrom(0, 0, 1, 2),
  });

const plans: fc.Arbitrary<Plan> = fc.record({
  side: fc.constantFrom('initiator' as const, 'acceptor' as const),
  stream: fc.boolean(),
  drive: fc.constantFrom('step' as const, 'legs' as const),
  calls: fc
    .tuple(
      fc.array(call(['continue', 'continue', 'complete-continue', 'incomplete', 'credentials']), { maxLength: 8 }),
      call(['ok', 'ok', 'complete', 'complete-fails', 'fails', 'faults']),
    )
    .map(([before, last]) => [...before, last]),
  chunks: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 }),
  hint: fc.boolean(),
});

/** One run of a plan: the binding, the handshake, and all that went in and came out. */
class Run {
  readonly binding: ScriptedProvider;
  readonly given: Buffer[] = [];
  readonly received: Buffer[] = [];
  readonly errors: unknown[] = [];
  readonly produced: { token: Buffer | undefined; call: Call }[] = [];
  handshake!: Handshake;
  readonly abortion = new AbortController();
  #serial = 0;
  readonly #free: (() => Promise<void>)[] = [];

  constructor(readonly plan: Plan) {
    const legs = (made: LegCall): ScriptedLeg => this.#leg(made);
    this.binding = scriptedProvider({
      initiator: legs,
      acceptor: legs,
      complete: plan.calls
        .filter(({ kind }) => kind.startsWith('complete'))
        .map(({ kind, turns }) => ({
          status: kind === 'complete-fails' ? LOGON_DENIED : SEC_E_OK,
          until: wait(turns),
        })),
    });
  }

  #leg({ index, input }: LegCall): ScriptedLeg {
    const planned = this.plan.calls[index];
    // No call after the end: the script has none, and the scripted binding takes it for a breach.
    if (planned === undefined) return undefined as never;
    const token = planned.token === undefined ? undefined : this.#bytes(planned.token);
    this.produced.push({ token, call: planned });
    return {
      status: statuses[planned.kind],
      token,
      unread: Math.floor(((input?.length ?? 0) * planned.unread) / 8),
      until: wait(planned.turns),
      ...(planned.kind === 'faults' ? { fault: new Error('fault') } : {}),
    };
  }

  /** Bytes that occur nowhere else, so that a loss, a repetition and a swap all show. */
  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#serial++ & 0xff));
  }

  #chunk(): Buffer {
    const sizes = this.plan.chunks;
    const first = this.given.length === 0;
    const size = sizes[this.given.length % sizes.length] as number;
    const chunk = this.#bytes(first ? Math.max(1, size) : size);
    this.given.push(chunk);
    return chunk;
  }

  async begin(): Promise<void> {
    useBinding(this.binding);
    const { side, stream } = this.plan;
    const credentials = await acquireCredentials({ package: stream ? 'Schannel' : 'Negotiate', use: 'both' });
    this.#free.push(() => credentials.dispose());
    const { signal } = this.abortion;
    this.handshake =
      side === 'initiator'
        ? initiate(credentials, { signal, onIncompleteCredentials: () => credentials })
        : accept(credentials, { signal });
    this.#free.push(() => this.handshake.dispose());
  }

  /** Drives the handshake to its end, whatever that is. */
  async drive(): Promise<void> {
    try {
      if (this.plan.drive === 'legs') await this.#iterate();
      else await this.#step();
    } catch (error) {
      this.errors.push(error);
      if (error instanceof SspiError && error.token !== undefined) this.received.push(error.token);
    }
  }

  async #iterate(): Promise<void> {
    for await (const leg of this.handshake.legs(this.#incoming())) this.received.push(leg.token);
  }

  async *#incoming(): AsyncGenerator<Buffer> {
    for (;;) yield this.#chunk();
  }

  async #step(): Promise<void> {
    const needsToken = this.plan.side === 'acceptor' || this.plan.hint;
    let leg: Leg = await this.handshake.step(needsToken ? this.#chunk() : undefined);
    for (;;) {
      if (leg.token !== undefined) this.received.push(leg.token);
      if (!leg.expectsReply) return;
      leg = await this.handshake.step(this.#chunk());
    }
  }

  async end(): Promise<void> {
    for (const free of this.#free.reverse()) await free();
    for (let i = 0; i < 6; i++) await settled();
  }

  get legCalls(): LegCall[] {
    return this.binding.calls.filter((made): made is LegCall => 'input' in made);
  }
}

/** Settles after some turns of the event loop, counted from when it is awaited. */
function wait(turns: number): PromiseLike<void> | undefined {
  if (turns === 0) return undefined;
  const later = async (): Promise<void> => {
    for (let i = 0; i < turns; i++) await settled();
  };
  return { then: (done, failed) => later().then(done, failed) };
}

/** Every non-empty token that was made for the peer, in order. A token that could not be completed is for nobody. */
function forThePeer({ produced }: Run): Buffer {
  const kept = produced.filter(({ call: { kind } }) => kind !== 'complete-fails' && kind !== 'faults');
  return Buffer.concat(kept.flatMap(({ token }) => (token === undefined ? [] : [token])));
}

/** How many bytes of its input a call has read. */
function consumed({ kind, unread }: Call, given: number): number {
  if (kind === 'incomplete' || kind === 'credentials') return 0;
  return given - Math.floor((given * unread) / 8);
}

function expectInputInOrder(run: Run): void {
  const all = Buffer.concat(run.given);
  let read = 0;
  run.legCalls.forEach(({ input, index }) => {
    if (input === undefined) return;
    // Each call begins where the last one stopped reading.
    expect(input).toEqual(all.subarray(read, read + input.length));
    read += consumed(run.plan.calls[index] as Call, input.length);
  });
  if (run.handshake.established)
    expect(run.handshake.context.unreadInput ?? Buffer.alloc(0)).toEqual(all.subarray(read));
}

function expectCompletions(run: Run): void {
  const sequence = run.binding.calls
    .filter(({ api }) => api === 'CompleteAuthToken' || api.endsWith('SecurityContext'))
    .filter(({ api }) => api !== 'DeleteSecurityContext');
  sequence.forEach((made, i) => {
    const before = sequence[i - 1];
    const completes =
      before !== undefined && 'index' in before && run.plan.calls[before.index]?.kind.startsWith('complete') === true;
    expect(made.api === 'CompleteAuthToken').toBe(completes);
  });
}

function expectNothingLeft(run: Run): void {
  run.binding.assertClean();
  expect(run.binding.callsOf('DeleteSecurityContext')).toHaveLength(1);
  expect(run.binding.callsOf('FreeCredentialsHandle')).toHaveLength(1);
}

/**
 * Plans that end: an acceptor has no option for another credential, so asking for one fails it, as does asking an initiator
 * once too often; and a token of a message package that is not whole is damaged.
 */
function lastCall({ side, stream, calls }: Plan): number {
  let requests = 0;
  const allowed = side === 'acceptor' ? 0 : 4;
  const fatal = calls.findIndex(
    ({ kind }) => (kind === 'incomplete' && !stream) || (kind === 'credentials' && ++requests > allowed),
  );
  return fatal === -1 ? calls.length - 1 : fatal;
}

afterEach(() => useBinding(undefined));

test('undisturbed, every rule holds to the end', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const run = new Run(plan);
      await run.begin();
      await run.drive();

      const last = lastCall(plan);
      const { kind } = plan.calls[last] as Call;
      expect(run.legCalls).toHaveLength(last + 1);
      expect(run.handshake.established).toBe(kind === 'ok' || kind === 'complete');
      expect(run.errors).toHaveLength(run.handshake.established ? 0 : 1);
      // An acceptor that is asked for another credential fails without a token of that call.
      if (kind !== 'credentials')
        expect(Buffer.concat(run.received)).toEqual(
          kind === 'faults' || kind === 'complete-fails' ? prefixOf(run) : forThePeer(run),
        );
      expectInputInOrder(run);
      expectCompletions(run);

      // Nothing goes on behind the end.
      await expect(run.handshake.step(Buffer.from('more'))).rejects.toMatchObject({
        code: run.handshake.established ? 'ERR_SSPI_HANDSHAKE_OVER' : 'ERR_SSPI_HANDSHAKE_FAILED',
      });
      expect(run.legCalls).toHaveLength(last + 1);
      await run.end();
      expectNothingLeft(run);
    }),
    { numRuns: 600 },
  );
});

/** What had reached the caller when a fault or a failed completion threw the running leg's earlier output away. */
function prefixOf(run: Run): Buffer {
  const received = Buffer.concat(run.received);
  expect(forThePeer(run).subarray(0, received.length)).toEqual(received);
  return received;
}

const disturbances = fc.record({
  kind: fc.constantFrom(
    'abort' as const,
    'dispose' as const,
    'dispose synchronously' as const,
    'second step' as const,
    'second iteration' as const,
  ),
  turn: fc.integer({ min: 0, max: 12 }),
  microturns: fc.integer({ min: 0, max: 12 }),
});

test('disturbed at any moment: never two calls at once, nothing twice, nothing left', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.array(disturbances, { minLength: 1, maxLength: 3 }), async (plan, troubles) => {
      const run = new Run(plan);
      await run.begin();
      const refused: unknown[] = [];
      const driven = run.drive();
      const disturb = async ({ kind, turn, microturns }: (typeof troubles)[number]): Promise<void> => {
        for (let i = 0; i < turn; i++) await settled();
        for (let i = 0; i < microturns; i++) await Promise.resolve();
        if (kind === 'abort') run.abortion.abort();
        else if (kind === 'dispose') await run.handshake.dispose();
        else if (kind === 'dispose synchronously') run.handshake[Symbol.dispose]();
        else if (isRunning(run)) {
          // Only while a call runs: else it would be a legitimate step of its own.
          const second = kind === 'second step' ? run.handshake.step(Buffer.from('x')) : run.handshake.legs([]).next();
          await second.catch((error: unknown) => refused.push(error));
        }
      };
      await Promise.all([driven, ...troubles.map(disturb)]);
      await run.end();

      for (const error of refused) {
        expect((error as SspiError).code).toMatch(/^ERR_SSPI_(BUSY|DISPOSED|ABORTED|HANDSHAKE_FAILED)$/);
      }
      const received = Buffer.concat(run.received);
      expect(forThePeer(run).subarray(0, received.length)).toEqual(received);
      expectInputInOrder(run);
      expect(run.legCalls.length).toBeLessThanOrEqual(lastCall(plan) + 1);
      expectNothingLeft(run);
    }),
    { numRuns: 600 },
  );
});

function isRunning(run: Run): boolean {
  return run.binding.liveCounts().calls > 0;
}

test('two ends joined: what one sends is what the other receives, until both are done', async () => {
  const rounds = fc.integer({ min: 1, max: 6 });
  await fc.assert(
    fc.asyncProperty(rounds, fc.boolean(), fc.boolean(), async (count, clientIterates, serverIterates) => {
      // The client speaks first and last but one; each side's n-th token names it.
      const legs =
        (name: string, ends: number) =>
        ({ index }: LegCall): ScriptedLeg => ({
          status: index === ends ? SEC_E_OK : CONTINUE,
          token: index === ends && name === 'c' ? undefined : Buffer.from(`${name}${index}`),
        });
      const binding = scriptedProvider({ initiator: legs('c', count), acceptor: legs('s', count - 1) });
      useBinding(binding);
      const credentials = await acquireCredentials({ package: 'Negotiate', use: 'both' });
      const client = initiate(credentials);
      const server = accept(credentials);
      const [toServer, toClient] = [new Pipe(), new Pipe()];
      await Promise.all([
        run(client, clientIterates, toClient, toServer),
        run(server, serverIterates, toServer, toClient),
      ]);
      expect(toServer.sent).toEqual(Array.from({ length: count }, (_, i) => `c${i}`));
      expect(toClient.sent).toEqual(Array.from({ length: count }, (_, i) => `s${i}`));
      expect([client.established, server.established]).toEqual([true, true]);
      await Promise.all([client.dispose(), server.dispose(), credentials.dispose()]);
      binding.assertClean();
    }),
    { numRuns: 100 },
  );
});

async function run(handshake: Handshake, iterates: boolean, incoming: Pipe, outgoing: Pipe): Promise<void> {
  if (iterates) {
    for await (const leg of handshake.legs(incoming)) outgoing.send(leg.token);
    return;
  }
  let leg = await handshake.step(handshake.role === 'acceptor' ? await incoming.next() : undefined);
  for (;;) {
    if (leg.token !== undefined) outgoing.send(leg.token);
    if (!leg.expectsReply) return;
    leg = await handshake.step(await incoming.next());
  }
}

/** Tokens on their way, in order. */
class Pipe implements AsyncIterable<Buffer> {
  readonly sent: string[] = [];
  readonly #queue: Buffer[] = [];
  #wake: (() => void) | undefined;

  send(token: Buffer): void {
    this.sent.push(token.toString());
    this.#queue.push(token);
    this.#wake?.();
  }

  async next(): Promise<Buffer> {
    while (this.#queue.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#queue.shift() as Buffer;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) yield await this.next();
  }
}
