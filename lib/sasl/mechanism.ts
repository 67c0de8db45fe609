import { abortedError, disposedError, layerError } from './errors';
import { bytesOf, describe, invalidOption } from './check';
import { challengeBytes, type MechanismName, type Settings } from './options';
import { Deadline } from './deadline';
import { GssapiAcceptor } from './gssapi-acceptor';
import { GssapiInitiator } from './gssapi-initiator';
import { SecureStream } from './secure-stream';
import { Spnego } from './spnego';
import { SspiError, type IncomingTokens, type Leg, type Role, type SecurityContext, type SendableLeg } from '../index';
import { start, type Started } from './start';
import type { Duplex } from 'node:stream';
import type { Exchange, Outcome, Turn } from './exchange';
import type { SecurityLayer } from '../wire/sasl-layers';

const completed = { status: 0, code: 'SEC_E_OK' } as const;
const continues = { status: 0x00090312, code: 'SEC_I_CONTINUE_NEEDED' } as const;

/** Begins a stream that exists already: an adapter's, which a driver holds since before the sign-on. */
let secureStream: (mechanism: Mechanism, stream: SecureStream, socket: Duplex) => void;

/**
 * One SASL exchange, from {@link createMechanism}: drive it with {@link Mechanism.legs} or with {@link Mechanism.step}, then
 * protect the connection with {@link Mechanism.secure}. The protocol around it has its own word for success or refusal, which
 * comes after the last leg: wait for it before you trust the connection.
 *
 * @example
 * ```ts
 * const mechanism = createMechanism({ mechanism: 'GSSAPI', target: 'imap/mail.corp.test', layer: 'none' });
 * let leg = await mechanism.step();
 * while (leg.expectsReply) leg = await mechanism.step(await roundTrip(leg.token));
 * ```
 */
export class Mechanism {
  readonly #settings: Settings;
  #started: Promise<Started> | undefined;
  #exchange: Exchange | undefined;
  #outcome: Outcome | undefined;
  #fault: { readonly error: unknown } | undefined;
  #running = false;
  #driven = false;
  #secured = false;
  #legs = 0;
  /** Rejects what the caller waits for. */
  #interrupt: ((error: unknown) => void) | undefined;
  #released: Promise<void> | undefined;
  readonly #deadline: Deadline;
  readonly #onAbort: () => void;

  static {
    secureStream = (mechanism, stream, socket) => mechanism.#secure(stream, socket);
  }

  /** @internal */
  constructor(settings: Settings) {
    this.#settings = settings;
    const { signal, peerTimeout } = settings;
    this.#deadline = new Deadline(peerTimeout, (error) => void this.#fail(error));
    this.#onAbort = () => void this.#fail(abortedError(signal as AbortSignal));
  }

  /** The mechanism's name on the wire. */
  get name(): MechanismName {
    return this.#settings.mechanism;
  }

  /** Which side this is. */
  get role(): Role {
    return this.#settings.role;
  }

  /** True once this side has nothing more to send or to wait for. */
  get established(): boolean {
    return this.#outcome !== undefined && this.#fault === undefined;
  }

  /**
   * The layer that was agreed on.
   * @throws {SspiError} ERR_SSPI_NOT_ESTABLISHED before the end, ERR_SSPI_HANDSHAKE_FAILED after a failure.
   */
  get layer(): SecurityLayer {
    return this.#done().layer?.kind ?? 'none';
  }

  /**
   * Whom the client wants to act as: what a server was sent and its `authorize` has allowed. Empty for the client itself.
   * @throws {SspiError} as {@link Mechanism.layer}.
   */
  get authzid(): string {
    return this.#done().authzid;
  }

  /**
   * The security context of the handshake, which says who the client is. Disposed of with this mechanism.
   * @throws {SspiError} as {@link Mechanism.layer}.
   */
  get context(): SecurityContext {
    return this.#done().context;
  }

  /**
   * Takes the peer's message and makes the next one.
   *
   * @param challenge What the peer sent, decoded from base64 where the protocol encodes it. A client's first step needs none, and
   * takes an empty one for none.
   * @returns The leg, as of a handshake: send its `token`, which may have no bytes; call again with the answer while it
   * `expectsReply`.
   * @throws {SspiError} (by rejection) as `Handshake.step`; ERR_SSPI_SASL_MESSAGE for a message that does not belong here,
   * ERR_SSPI_SASL_LAYER where no layer suits both sides, ERR_SSPI_SASL_AUTHZID for a client that may not act as it asks,
   * ERR_SSPI_REQUIREMENT_NOT_MET, ERR_SSPI_ABORTED, ERR_SSPI_PEER_TIMEOUT. A failure ends the exchange.
   */
  async step(challenge?: NodeJS.ArrayBufferView): Promise<Leg> {
    if (this.#running) throw usage('ERR_SSPI_BUSY', 'Another step is running.');
    if (this.#driven) throw usage('ERR_SSPI_BUSY', 'legs() drives this mechanism.');
    return this.#step(challenge);
  }

  /**
   * Runs the exchange to its end, as an async iterator over the legs that have something to send; it returns the context.
   * `challenges` is pulled only when the peer owes a message, and it is not closed. Leaving the loop early ends the exchange.
   *
   * @param challenges The peer's messages, as for {@link Mechanism.step}.
   * @throws {SspiError} as {@link Mechanism.step}. If a failing call of the handshake produced a token for the peer, it is yielded
   * first, as a last leg with `failed: true`. ERR_SSPI_PEER_ENDED when `challenges` ends too early.
   * @example
   * ```ts
   * for await (const leg of mechanism.legs(challenges)) await send(leg.token);
   * const stream = mechanism.secure(socket);
   * ```
   */
  legs(challenges: IncomingTokens): AsyncGenerator<SendableLeg, SecurityContext, void> {
    if (typeof challenges !== 'object' || challenges === null || ArrayBuffer.isView(challenges)) {
      throw invalidOption(`challenges must be an iterable or async iterable of bytes, not ${describe(challenges)}`);
    }
    return this.#drive(challenges);
  }

  /**
   * Protects one message with the layer that was agreed on, without a frame.
   * @throws {SspiError} ERR_SSPI_SASL_LAYER if there is none; ERR_SSPI_SASL_FRAME if the peer does not accept a message of that
   * size; as `SecurityContext.wrap`.
   */
  wrap(data: NodeJS.ArrayBufferView): Buffer {
    return this.#protecting().wrap(bytesOf(data, 'data'));
  }

  /**
   * Opens one protected message of the peer, without its frame. With the layer confidentiality it must be encrypted.
   * @throws {SspiError} ERR_SSPI_SASL_LAYER if no layer was agreed on; ERR_SSPI_SASL_FRAME for a message of no bytes or more than
   * `maxBuffer`; as `SecurityContext.unwrap`.
   */
  unwrap(message: NodeJS.ArrayBufferView): Buffer {
    return this.#protecting().unwrap(bytesOf(message, 'message'));
  }

  /**
   * The connection with the layer in both directions, as a stream of plain bytes: frames of four bytes of length and a protected
   * message (RFC 4422, section 3.7). Without a layer the bytes pass unchanged. Call it when the protocol has reported success,
   * and only once; the socket then belongs to the stream, and this mechanism is disposed of when the stream closes.
   *
   * @param socket What the exchange ran over. Bytes that it has already received are taken as the first frames.
   * @returns A stream with back-pressure and half-close. Frames that were not agreed on, or were changed, repeated or cut short,
   * destroy it with ERR_SSPI_SASL_FRAME or the status of DecryptMessage.
   * @throws {SspiError} as {@link Mechanism.layer}.
   * @example
   * ```ts
   * const stream = mechanism.secure(socket);
   * stream.write(request);
   * ```
   */
  secure(socket: Duplex): Duplex {
    const stream = new SecureStream({ allowHalfOpen: socket.allowHalfOpen });
    this.#secure(stream, socket);
    return stream;
  }

  /** Ends the exchange, and frees its handshake, context and the credentials that it acquired. Idempotent. */
  dispose(): Promise<void> {
    return this.#fail(disposedError());
  }

  [Symbol.dispose](): void {
    void this.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.#fault !== undefined ? 'ended' : this.#outcome === undefined ? 'in progress' : 'established';
    return `Mechanism { name: '${this.name}', role: '${this.role}', ${state} }`;
  }

  #secure(stream: SecureStream, socket: Duplex): void {
    const { layer } = this.#done();
    if (this.#secured) throw usage('ERR_SSPI_BUSY', 'A stream of secure() has this mechanism already.');
    this.#secured = true;
    if (stream.closed) this[Symbol.dispose]();
    else stream.once('close', () => this[Symbol.dispose]());
    stream.begin(socket, layer);
  }

  async *#drive(challenges: IncomingTokens): AsyncGenerator<SendableLeg, SecurityContext, void> {
    if (this.#driven || this.#running) throw usage('ERR_SSPI_BUSY', 'Something else drives this mechanism.');
    this.#driven = true;
    try {
      const source =
        Symbol.asyncIterator in challenges ? challenges[Symbol.asyncIterator]() : challenges[Symbol.iterator]();
      for (;;) {
        const leg = await this.#step(this.#peerOwes ? await this.#pull(source) : undefined);
        if (leg.token !== undefined) yield leg as SendableLeg;
        if (!leg.expectsReply) return this.context;
      }
    } catch (error) {
      await this.#fail(error);
      const last = lastLeg(error, this.#legs);
      if (last !== undefined) yield last;
      throw error;
    } finally {
      this.#driven = false;
      if (this.#outcome === undefined) await this.#fail(disposedError());
    }
  }

  get #peerOwes(): boolean {
    return this.role === 'acceptor' || this.#legs > 0;
  }

  async #pull(source: Iterator<unknown> | AsyncIterator<unknown>): Promise<NodeJS.ArrayBufferView> {
    this.#watch();
    this.#deadline.begin();
    const next = await this.#interruptible(async () => {
      const result: IteratorResult<unknown, unknown> = await source.next();
      return { done: result.done, value: await result.value };
    });
    if (next.done === true) {
      throw usage('ERR_SSPI_PEER_ENDED', 'The challenges ended although the peer owed one.');
    }
    return challengeBytes(next.value);
  }

  async #step(challenge: NodeJS.ArrayBufferView | undefined): Promise<Leg> {
    // A copy: the caller may use its memory again before the handshake's call begins.
    let bytes = challenge === undefined ? undefined : Buffer.from(challengeBytes(challenge));
    if (this.role === 'initiator' && this.#legs === 0 && bytes?.length === 0) bytes = undefined;
    this.#refuseLater();
    this.#running = true;
    this.#watch();
    this.#deadline.end();
    try {
      const turn = await this.#interruptible(async () => (await this.#begun()).step(bytes));
      return this.#leg(turn);
    } catch (error) {
      void this.#fail(error);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  #leg({ token, leg, outcome }: Turn): Leg {
    const expectsReply = outcome === undefined;
    if (expectsReply) this.#deadline.begin();
    else {
      this.#outcome = outcome;
      this.#unwatch();
    }
    const status = leg?.expectsReply === expectsReply ? leg : expectsReply ? continues : completed;
    return Object.freeze({
      index: this.#legs++,
      token,
      expectsReply,
      status: status.status,
      code: status.code,
      failed: false,
    });
  }

  async #begun(): Promise<Exchange> {
    const settings = this.#settings;
    if (this.#exchange !== undefined) return this.#exchange;
    this.#started = start(settings);
    const { handshake } = await this.#started;
    const Side = settings.role === 'initiator' ? GssapiInitiator : GssapiAcceptor;
    return (this.#exchange = new (settings.mechanism === 'GSSAPI' ? Side : Spnego)(handshake, settings));
  }

  /** Runs the work until it ends, or the signal, the time limit or a disposal ends the exchange. */
  #interruptible<T>(work: () => Promise<T>): Promise<T> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault.error);
    return new Promise<T>((resolve, reject) => {
      this.#interrupt = reject;
      work().then(resolve, reject);
    }).finally(() => {
      this.#interrupt = undefined;
    });
  }

  #watch(): void {
    const { signal } = this.#settings;
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  #unwatch(): void {
    this.#deadline.end();
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Ends the exchange, whatever its state; the first reason is kept. Resolves when everything is freed. */
  #fail(error: unknown): Promise<void> {
    this.#fault ??= { error };
    this.#unwatch();
    this.#interrupt?.(error);
    return (this.#released ??= this.#release());
  }

  async #release(): Promise<void> {
    const started =
      this.#started === undefined
        ? { handshake: this.#settings.handshake, own: undefined }
        : await this.#started.catch(() => undefined);
    await started?.handshake?.dispose();
    await started?.own?.dispose();
  }

  #refuseLater(): void {
    if (this.#fault !== undefined) throw ended(this.#fault.error);
    if (this.#outcome !== undefined) throw usage('ERR_SSPI_HANDSHAKE_OVER', 'The exchange has succeeded already.');
  }

  #done(): Outcome {
    if (this.#fault !== undefined) throw ended(this.#fault.error);
    if (this.#outcome === undefined) throw usage('ERR_SSPI_NOT_ESTABLISHED', 'The exchange is not complete yet.');
    return this.#outcome;
  }

  #protecting(): NonNullable<Outcome['layer']> {
    const { layer } = this.#done();
    if (layer !== undefined) return layer;
    throw layerError('The layer none was agreed on: messages are not protected.', 'Send them as they are.');
  }
}

export { secureStream };

/** The error of a call after the end. */
function ended(error: unknown): SspiError {
  if (SspiError.isSspiError(error, 'ERR_SSPI_DISPOSED')) return error;
  return new SspiError({
    code: 'ERR_SSPI_HANDSHAKE_FAILED',
    message: 'The exchange has failed already: make another mechanism.',
    cause: error,
  });
}

type UsageCode = 'ERR_SSPI_BUSY' | 'ERR_SSPI_HANDSHAKE_OVER' | 'ERR_SSPI_NOT_ESTABLISHED' | 'ERR_SSPI_PEER_ENDED';

const usage = (code: UsageCode, message: string): SspiError => new SspiError({ code, message });

/** What the peer may still be told. The token of an unmet requirement is none: with it the peer could complete the handshake. */
function lastLeg(error: unknown, index: number): SendableLeg | undefined {
  if (!SspiError.isSspiError(error) || error.token === undefined || error.status === undefined) return undefined;
  const { token, status, code } = error;
  return Object.freeze({ index, token, expectsReply: false, status, code, failed: true }) as SendableLeg;
}
