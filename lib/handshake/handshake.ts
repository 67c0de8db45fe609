import { SecurityContext } from '../context/security-context';
import { ContextHolder } from '../binding/context-holder';
import { Status } from '../binding/constants';
import { abortedError, bindingError, disposedError, invalidArgument, statusError, usageError } from '../errors/make';
import { bytesOf, describe } from '../arguments';
import { coreOf, type Credentials, type CredentialsCore } from '../credentials/credentials';
import { endAttributes, evidenceOfResult, readHandshakeResult } from '../context/handshake-result';
import { inputLimit } from './input-limit';
import { judge, judgeCompleted, tokenToSend, type Verdict } from './judge';
import { TokenSource, isIterable, isThenable, type IncomingTokens } from './incoming';
import { PeerTimer } from './peer-timer';
import { threadShortage } from '../binding/thread-shortage';
import { makeLeg, type Leg, type SendableLeg } from './leg';
import { AbortWatch } from '../abort-watch';
import { noteAccepted, recordLeg, wasAccepted, type Evidence, type LegRecord } from '../errors/evidence';
import { packageOfToken, type TokenPackage } from './token-package';
import { statusOfTokenUnderWine } from '../wine';
import { unmetRequirements, unwantedToken, type Demands } from './requirements';
import { withCaller, withEvidence } from '../errors/sspi-error';
import type { CheckedOptions } from './options';
import type { RawAttribute, RawCompletion, RawLeg } from '../binding/binding';
import type { Releasable } from '../dispose';
import type { Role } from '../flags/sides';
import { initiatorFlags } from '../flags/tables';
import type { SspiApi } from '../errors/codes';
import type { SspiError } from '../errors/sspi-error';

type State = 'ready' | 'calling' | 'established' | 'failed';

/** How often SSPI may ask for another credential: as often as a server has asked for a certificate, and not for ever. */
const maxCredentialRequests = 4;

const noBytes = Buffer.alloc(0);

/**
 * One handshake, from {@link initiate} or {@link accept}: drive it either with {@link Handshake.legs} or by hand with
 * {@link Handshake.step}, then use its {@link Handshake.context}.
 *
 * The local status alone ends it: whatever the transport says (an HTTP 200, say), the handshake is over when a leg comes that
 * expects no reply. One call runs at a time. Dispose it (`await using`) or its context when the connection closes.
 */
export class Handshake implements Releasable {
  readonly #credentials: CredentialsCore;
  readonly #options: CheckedOptions;
  readonly #place: ContextHolder;
  readonly #endAttributes: readonly number[];
  readonly #patience: PeerTimer;

  #state: State = 'ready';
  #disposed = false;
  #context: SecurityContext | undefined;
  /** The first error; later calls name it as their cause. */
  #fault: unknown;
  #faultTold = false;
  /** The same while it is an error of this package's that no caller has received. */
  #unseen: SspiError | undefined;

  /** The last legs, for an error to be explained by; let go of when the handshake ends well. */
  #trace: LegRecord[] = [];

  #nextIndex = 0;
  #called = false;
  #peerOwes: boolean;
  #driven = false;
  #failedLeg: SendableLeg | undefined;

  /** The input of the running call, and between calls what must be given again with more bytes behind it. */
  #input: Buffer | undefined;
  /** Whose tokens the peer sends, as far as their bytes show it. */
  #peerPackage: TokenPackage | undefined;
  /** Output of earlier calls of this same leg. */
  #output: Buffer | undefined;
  #credentialRequests = 0;
  /** No certificate of the user's is to be looked for any more, even if that was allowed. */
  #withoutDefault = false;
  /** The call whose token CompleteAuthToken is working on. */
  #completing: RawLeg | undefined;

  #resolve: ((value: never) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  readonly #onLeg = (raw: RawLeg): void => this.#guarded(() => this.#judge(raw));
  readonly #onCompleted = (raw: RawCompletion): void => this.#guarded(() => this.#judgeCompletion(raw));
  readonly #onFault = (error: unknown): void => this.#fail(bindingError(error));
  readonly #watch: AbortWatch<Handshake> | undefined;

  /** @internal */
  constructor(credentials: CredentialsCore, options: CheckedOptions) {
    this.#credentials = credentials;
    this.#options = options;
    this.#peerOwes = options.role === 'acceptor';
    this.#endAttributes = endAttributes(credentials.binding, credentials, options.role);
    this.#place = new ContextHolder(credentials.binding, credentials.handle);
    this.#patience = new PeerTimer(options.peerTimeout, (message) => {
      this.#fail(usageError('ERR_SSPI_PEER_TIMEOUT', message, { leg: this.#nextIndex }));
    });
    const { signal } = options;
    if (signal?.aborted === true) Handshake.#abort(this, signal);
    else if (signal !== undefined) this.#watch = new AbortWatch(signal, this, Handshake.#abort);
  }

  // Static: a closure made beside others holds on to all that they hold on to.
  static #abort(handshake: Handshake, signal: AbortSignal): void {
    const hint = handshake.#state === 'calling' ? threadShortage(handshake.#place.binding) : undefined;
    handshake.#fail(abortedError(signal, hint));
  }

  /** Which side this is. */
  get role(): Role {
    return this.#options.role;
  }

  /** The target name as it is given to SSPI, international host names in punycode; undefined for an acceptor. */
  get target(): string | undefined {
    return this.#options.target;
  }

  /** True once the handshake has ended well and {@link Handshake.context} can be read. */
  get established(): boolean {
    return this.#context !== undefined;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * The established context. It shares this handshake's lifetime: disposing either disposes both.
   * @throws {SspiError} ERR_SSPI_NOT_ESTABLISHED before the end, ERR_SSPI_HANDSHAKE_FAILED after a failure.
   */
  get context(): SecurityContext {
    if (this.#context !== undefined) return this.#context;
    if (this.#disposed) throw disposedError('The handshake');
    if (this.#state === 'failed') throw this.#failedBefore();
    throw usageError('ERR_SSPI_NOT_ESTABLISHED', 'The handshake has not ended: there is no context yet.', {
      hint: 'Go on until a leg comes whose expectsReply is false.',
    });
  }

  /**
   * Makes the next leg.
   *
   * @param token What the peer sent: needed by an acceptor always, by an initiator from its second leg on (a first token is
   * allowed: some protocols let the server hint). A view of zero bytes is a token. The bytes are copied before this returns.
   * @returns The leg: send its token if there is one, and call again with the peer's answer while it expects a reply. A leg
   * with no token that expects a reply means: read more first.
   * @throws {SspiError} (by rejection) the status of a failing call, with the token for the peer if there is one;
   * ERR_SSPI_REQUIREMENT_NOT_MET; ERR_SSPI_BUSY while another call runs, which goes on undisturbed; ERR_SSPI_HANDSHAKE_OVER and
   * ERR_SSPI_HANDSHAKE_FAILED after the end; ERR_SSPI_TOKEN_REQUIRED, ERR_SSPI_EMPTY_TOKEN, ERR_SSPI_TOKEN_TOO_LARGE and
   * ERR_SSPI_INVALID_ARGUMENT for the token, none of which ends the handshake.
   * @example
   * ```ts
   * let leg = await client.step();
   * while (leg.expectsReply) leg = await client.step(await roundTrip(leg.token));
   * ```
   */
  async step(token?: NodeJS.ArrayBufferView): Promise<Leg> {
    try {
      const refusal = this.#refusal(this.#driven);
      if (refusal !== undefined) throw refusal;
      return await this.#advance(this.#admit(token));
    } catch (error) {
      throw this.#forCaller(error);
    }
  }

  /**
   * Runs the handshake to its end, as an async iterator over the legs that have something to send; it returns the context.
   *
   * `incoming` is asked for a token only when the peer owes one, and never for more. It is left as it is at the end, not
   * closed: it is the caller's stream, and carries on behind the handshake. (To read on from the same async iterator, pass
   * the iterator itself rather than a stream that makes a new one for each loop.) Leaving the loop early ends the handshake.
   *
   * @param incoming The peer's tokens, one whole token each; for stream packages (Schannel) any pieces of the byte stream.
   * @throws {SspiError} as {@link Handshake.step}. A failing call that still made a token for the peer first yields it as a last leg
   * with `failed: true`. ERR_SSPI_PEER_ENDED when `incoming` ends while the peer owes a token, ERR_SSPI_PEER_TIMEOUT when it
   * takes too long; what `incoming` itself throws passes through.
   * @example
   * ```ts
   * for await (const leg of client.legs(incoming)) await send(leg.token);
   * const { context } = client;
   * ```
   */
  legs(incoming?: IncomingTokens): AsyncGenerator<SendableLeg, SecurityContext, void> {
    if (incoming !== undefined && !isIterable(incoming)) {
      throw invalidArgument(`incoming must be an iterable or async iterable of tokens, not ${describe(incoming)}`);
    }
    return this.#drive(incoming);
  }

  async *#drive(incoming: IncomingTokens | undefined): AsyncGenerator<SendableLeg, SecurityContext, void> {
    const refusal = this.#refusal(this.#driven);
    if (refusal !== undefined) throw refusal;
    this.#driven = true;
    let source: TokenSource | undefined;
    try {
      for (;;) {
        let token: unknown;
        if (this.#peerOwes) {
          if (incoming === undefined) throw tokenRequired(this.#options.role);
          source ??= new TokenSource(incoming);
          const next = source.next();
          token = source.token(isThenable(next) ? await this.#wait(next) : next);
          this.#checkAlive();
        }
        const leg = await this.#advance(this.#admit(token));
        if (leg.token !== undefined) yield leg as SendableLeg;
        if (!leg.expectsReply) return this.context;
        this.#checkAlive();
      }
    } catch (error) {
      this.#failWithTheirs(error);
      this.#faultTold = true;
      this.#forCaller(error);
      const told = this.#failedLeg;
      if (told !== undefined) {
        this.#failedLeg = undefined;
        yield told;
      }
      throw error;
    } finally {
      this.#driven = false;
      if (this.#state === 'ready') {
        this.#fail(usageError('ERR_SSPI_DISPOSED', 'The iteration over the legs was ended early.'));
      }
    }
  }

  /**
   * Ends the handshake and deletes its context, also the established one; resolves when SSPI has freed it. A pending `step()`
   * rejects with ERR_SSPI_DISPOSED at once, while the native call behind it is waited for. Idempotent.
   *
   * `using` (Symbol.dispose) does the same without waiting: a call that still hangs then does not keep the process alive.
   */
  dispose(): Promise<void> {
    const freed = this.#place.retire();
    this.#end();
    return freed;
  }

  [Symbol.dispose](): void {
    this.#place.drop();
    this.#end();
  }

  #end(): void {
    this.#disposed = true;
    if (this.#state === 'ready' || this.#state === 'calling') this.#fail(disposedError('The handshake'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.#disposed ? 'disposed' : this.#state === 'calling' ? 'ready' : this.#state;
    const target = this.target === undefined ? '' : `, target: '${this.target}'`;
    return `Handshake { role: '${this.role}', package: '${this.#credentials.package}'${target}, legs: ${this.#nextIndex}, ${state} }`;
  }

  // -- Before a call ------------------------------------------------------------------------------------------------------

  /** Why no leg can be made now, if so. */
  #refusal(driven: boolean): SspiError | undefined {
    switch (this.#state) {
      case 'calling':
        return usageError('ERR_SSPI_BUSY', 'Another leg is being made: await it first.');
      case 'established':
        if (this.#disposed || this.#place.retired) return disposedError('The handshake');
        return usageError('ERR_SSPI_HANDSHAKE_OVER', 'The handshake has ended: its last leg expected no reply.');
      case 'failed':
        return this.#disposed ? disposedError('The handshake') : this.#failedBefore();
      case 'ready':
        return driven ? usageError('ERR_SSPI_BUSY', 'legs() is driving this handshake.') : undefined;
    }
  }

  /** Between two steps of the iteration the signal or a disposal may have ended the handshake. */
  #checkAlive(): void {
    if (this.#state === 'failed') throw this.#failedBefore();
  }

  /** The first error if nobody was there to hear it, else one that names it as its cause. */
  #failedBefore(): SspiError {
    if (!this.#faultTold) {
      this.#faultTold = true;
      return this.#fault as SspiError;
    }
    return usageError('ERR_SSPI_HANDSHAKE_FAILED', 'The handshake has failed before.', { cause: this.#fault });
  }

  /** The whole input of the next call: what was kept, and a copy of what the peer sent. Changes nothing when it refuses. */
  #admit(token: unknown): Buffer | undefined {
    const { role } = this.#options;
    if (token === undefined) {
      if (this.#peerOwes) throw tokenRequired(role);
      return undefined;
    }
    const bytes = bytesOf(token, 'token');
    if (role === 'acceptor' && !this.#called && bytes.length === 0) {
      throw usageError('ERR_SSPI_EMPTY_TOKEN', 'The client’s first token has no bytes.');
    }
    const kept = this.#input;
    const limit = inputLimit(this.#credentials);
    const size = bytes.length + (kept?.length ?? 0);
    if (size > limit) {
      throw usageError(
        'ERR_SSPI_TOKEN_TOO_LARGE',
        `The token has ${size} bytes; this package’s have ${limit} at most.`,
        {
          hint: 'Check the framing: one token may have swallowed what follows it.',
        },
      );
    }
    if (kept !== undefined) return Buffer.concat([kept, bytes]);
    return bytes.length === 0 ? noBytes : Buffer.from(bytes);
  }

  /** Waits for the peer: the signal, disposal and the time limit end it. */
  #wait<T>(pending: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#link(resolve, reject);
      this.#patience.begin();
      pending.then(
        (value) => {
          this.#unlink();
          resolve(value);
        },
        (error: unknown) => {
          this.#unlink();
          reject(error);
        },
      );
    });
  }

  // -- A call and its judgement -------------------------------------------------------------------------------------------

  #advance(input: Buffer | undefined): Promise<Leg> {
    this.#patience.end();
    this.#state = 'calling';
    return new Promise<Leg>((resolve, reject) => {
      this.#link(resolve, reject);
      this.#guarded(() => {
        if (this.#takes(input)) this.#call(input);
      });
    });
  }

  /** Judges the peer's token by its bytes before SSPI sees it; fails the handshake when it may not come in. */
  #takes(input: Buffer | undefined): boolean {
    const { binding, package: packageName, stream } = this.#credentials;
    const tokenPackage = input === undefined || stream ? undefined : packageOfToken(input);
    if (tokenPackage === undefined) return true;
    this.#peerPackage = tokenPackage;
    const unwanted = unwantedToken(this.#demands, tokenPackage, this.#nextIndex);
    if (unwanted !== undefined) {
      this.#input = input;
      this.#note(this.#api, undefined, undefined, undefined);
      this.#fail(withEvidence(unwanted, () => ({ ...this.#evidence(), negotiated: tokenPackage })));
      return false;
    }
    const status = statusOfTokenUnderWine(binding, packageName, tokenPackage);
    if (status === undefined) return true;
    this.#input = input;
    this.#failWith(status, this.#api, undefined);
    return false;
  }

  get #demands(): Demands {
    const { role, target, requiredFlags, requiredPackages } = this.#options;
    return { role, target, requiredFlags, requiredPackages, bounds: this.#credentials.bounds };
  }

  #call(input: Buffer | undefined): void {
    this.#input = input;
    this.#called = true;
    const { binding, maxToken, stream } = this.#credentials;
    const { role, target, channelBindings } = this.#options;
    const extra = this.#withoutDefault ? initiatorFlags.useSuppliedCreds : 0;
    const flags = (this.#options.flags | extra) >>> 0;
    const { handle } = this.#place;
    const attributes = this.#endAttributes;
    const pending =
      role === 'initiator'
        ? binding.initializeSecurityContext(handle, target, flags, input, channelBindings, maxToken, stream, attributes)
        : binding.acceptSecurityContext(handle, flags, input ?? noBytes, channelBindings, maxToken, stream, attributes);
    pending.then(this.#onLeg, this.#onFault);
  }

  /** Runs a part of the loop; a fault inside it fails the handshake rather than leave it pending. */
  #guarded(work: () => void): void {
    if (this.#state !== 'calling') return;
    try {
      work();
    } catch (error) {
      this.#fail(bindingError(error));
    }
  }

  #judge(raw: RawLeg): void {
    const verdict = judge(raw.status, this.#given, raw.unread, this.#credentials.stream);
    if (verdict === 'complete') return this.#complete(raw);
    if (verdict === 'fail') return this.#failWith(raw.status, this.#api, raw.token);
    this.#proceed(verdict, raw, raw.token, raw.attributes);
  }

  #complete(raw: RawLeg): void {
    this.#completing = raw;
    const { binding, handle } = this.#place;
    const attributes = judgeCompleted(raw.status, 0, 0) === 'done' ? this.#endAttributes : [];
    binding.completeAuthToken(handle, raw.token, attributes).then(this.#onCompleted, this.#onFault);
  }

  #judgeCompletion(completion: RawCompletion): void {
    const raw = this.#completing as RawLeg;
    this.#completing = undefined;
    // A token that could not be completed is no token: it is for nobody.
    if (completion.status !== 0) return this.#failWith(completion.status, 'CompleteAuthToken', undefined);
    const verdict = judgeCompleted(raw.status, this.#given, raw.unread);
    this.#proceed(verdict, raw, completion.token ?? raw.token, completion.attributes);
  }

  #proceed(verdict: Verdict, raw: RawLeg, token: Buffer | undefined, attributes: readonly RawAttribute[]): void {
    switch (verdict) {
      case 'done':
        return this.#finish(raw, token, attributes);
      case 'ask-peer':
        return this.#settle(raw, token);
      case 'ask-more':
        return this.#settle(raw, nonEmpty(token), this.#input);
      case 'call-again':
        this.#output = joined(this.#output, nonEmpty(token));
        return this.#call(this.#unreadOf(raw));
      case 'ask-credential':
        this.#output = joined(this.#output, nonEmpty(token));
        return this.#swapCredential(raw);
    }
  }

  #swapCredential(raw: RawLeg): void {
    const { onIncompleteCredentials, role } = this.#options;
    if (++this.#credentialRequests > maxCredentialRequests) return this.#failWith(raw.status, this.#api, undefined);
    if (onIncompleteCredentials === undefined) {
      if (role === 'acceptor' || !this.#credentials.stream) return this.#failWith(raw.status, this.#api, undefined);
      // The same call again goes on without a client certificate: whether that will do is the server's to say.
      this.#withoutDefault = true;
      return this.#call(this.#input);
    }
    const use = (credentials: Credentials): void =>
      this.#guarded(() => {
        const { binding, handle } = coreOf(credentials);
        if (binding !== this.#place.binding) throw invalidArgument('the credentials belong to another binding');
        binding.useCredential(this.#place.handle, handle);
        this.#call(this.#input);
      });
    // The caller's own error passes through as it is.
    void (async () => onIncompleteCredentials())().then(use, (error: unknown) => this.#failWithTheirs(error));
  }

  // -- After a call -------------------------------------------------------------------------------------------------------

  /** A leg after which the peer owes a token; `kept` is what must be given again with that token behind it. */
  #settle({ status, flags }: RawLeg, token: Buffer | undefined, kept?: Buffer): void {
    const output = joined(this.#output, token);
    if (kept === undefined) {
      this.#note(this.#api, status, flags, output);
      this.#noteAccepted();
    }
    this.#input = kept;
    this.#output = undefined;
    this.#peerOwes = true;
    this.#state = 'ready';
    const leg = makeLeg(this.#nextIndex++, tokenToSend(output, true, this.#credentials.stream), true, status, false);
    const resolve = this.#resolve as (leg: Leg) => void;
    this.#unlink();
    if (!this.#driven) this.#patience.begin();
    resolve(leg);
  }

  #finish(raw: RawLeg, lastToken: Buffer | undefined, attributes: readonly RawAttribute[]): void {
    const place = this.#place;
    const { package: packageName, stream } = this.#credentials;
    const unread = this.#unreadOf(raw);
    const ending = readHandshakeResult(
      place,
      this.#options,
      packageName,
      this.#peerPackage,
      raw.flags,
      raw.expiry,
      this.#endAttributes,
      attributes,
      unread,
    );
    const token = tokenToSend(joined(this.#output, lastToken), false, stream);
    const unmet = unmetRequirements(this.#demands, ending.granted, ending.package, this.#nextIndex, token);
    if (unmet !== undefined) {
      this.#note(this.#api, raw.status, ending.granted, token);
      return this.#fail(withEvidence(unmet, () => ({ ...this.#evidence(), ...evidenceOfResult(ending) })));
    }

    this.#noteAccepted();
    this.#context = new SecurityContext(place, ending);
    this.#state = 'established';
    this.#input = this.#output = undefined;
    this.#trace = [];
    const leg = makeLeg(this.#nextIndex++, token, false, raw.status, false);
    const resolve = this.#resolve as (leg: Leg) => void;
    this.#unlink();
    this.#detach();
    resolve(leg);
  }

  /** A failing status; the token it still made is for the peer. */
  #failWith(status: number, api: SspiApi, token: Buffer | undefined): void {
    const output = nonEmpty(joined(this.#output, nonEmpty(token)));
    const leg = this.#nextIndex;
    this.#note(api, status, this.#trace.at(-1)?.granted, output);
    const { package: packageName, binding, stream } = this.#credentials;
    const wine = binding.wineVersion !== undefined;
    const target = stream ? undefined : this.#options.target;
    const call = { api, package: packageName, target, wine, evidence: this.#evidence() };
    // legs() hands the token over as a leg, step() on the error: never both, lest it be sent twice.
    if (this.#driven && output !== undefined) {
      this.#failedLeg = makeLeg(leg, output, false, status, true) as SendableLeg;
      this.#fail(statusError(status, call, { leg }));
    } else {
      this.#fail(statusError(status, call, { leg, token: output }));
    }
  }

  /** Ends the handshake with an error of this package's. */
  #fail(error: SspiError): void {
    if (this.#over) return;
    this.#unseen = error;
    this.#failWithTheirs(error);
  }

  /**
   * Ends the handshake, with an error that may be the caller's own: tells whoever waits, and retires the context as soon as no
   * call runs on it.
   */
  #failWithTheirs(error: unknown): void {
    if (this.#over) return;
    this.#fault = withEvidence(error, () => this.#evidence());
    this.#state = 'failed';
    this.#input = this.#output = undefined;
    this.#trace = [];
    const reject = this.#reject;
    this.#faultTold = reject !== undefined;
    this.#unlink();
    this.#detach();
    this.#place.drop();
    reject?.(error);
  }

  get #over(): boolean {
    return this.#state === 'failed' || this.#state === 'established';
  }

  /** An error on its way out: one of ours was made in a callback, a timer or a signal's abort, where its stack shows no caller. */
  #forCaller(error: unknown): unknown {
    if (error === undefined || error !== this.#unseen) return error;
    this.#unseen = undefined;
    return withCaller(error);
  }

  /** Somebody waits from here on. */
  #link(resolve: (value: never) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#watch?.hold(this);
  }

  /** Nobody waits any more. */
  #unlink(): void {
    this.#resolve = this.#reject = undefined;
    this.#watch?.release();
    this.#patience.end();
  }

  /** The handshake is over: nothing outside holds on to it any more. */
  #detach(): void {
    this.#watch?.end();
    this.#patience.end();
  }

  #note(api: SspiApi, status: number | undefined, granted: number | undefined, sent: Buffer | undefined): void {
    recordLeg(this.#trace, { index: this.#nextIndex, api, status, granted, received: this.#input, sent });
  }

  #noteAccepted(): void {
    if (this.#options.role === 'acceptor' && this.#nextIndex === 0 && this.#input !== undefined)
      noteAccepted(this.#input);
  }

  #evidence(): Evidence {
    const { package: packageName, use, account, expiry, bounds, binding } = this.#credentials;
    const { role, target, flags, requiredFlags, requiredPackages, channelBindings } = this.#options;
    const input = this.#input;
    const legs = this.#tracedLegs(input);
    return {
      package: packageName,
      use,
      account,
      expiry,
      role,
      target,
      requested: flags,
      required: requiredFlags,
      requiredPackages,
      bounds,
      granted: this.#trace.at(-1)?.granted,
      channelBindings,
      legs,
      acceptedBefore: role === 'acceptor' && this.#nextIndex === 0 && input !== undefined && wasAccepted(input),
      wineVersion: binding.wineVersion,
      time: Date.now(),
    };
  }

  /** The legs, and input that was kept for more bytes to come. */
  #tracedLegs(input: Buffer | undefined): readonly LegRecord[] {
    if (input === undefined || this.#state === 'calling' || this.#trace.at(-1)?.received === input) return this.#trace;
    const [api, index, status] = [this.#api, this.#nextIndex, Status.incompleteMessage];
    const pending = {
      index,
      api,
      status,
      granted: undefined,
      received: input,
      sent: undefined,
      pending: true,
    } as const;
    return [...this.#trace, pending];
  }

  get #api(): SspiApi {
    return this.#options.role === 'initiator' ? 'InitializeSecurityContext' : 'AcceptSecurityContext';
  }

  get #given(): number {
    return this.#input?.length ?? 0;
  }

  /** The bytes that a call left unread: the last of its input, wherever SSPI's own pointer points. */
  #unreadOf(raw: RawLeg): Buffer | undefined {
    const input = this.#input;
    if (input === undefined || raw.unread === 0) return undefined;
    return input.subarray(Math.max(0, input.length - raw.unread));
  }
}

function nonEmpty(token: Buffer | undefined): Buffer | undefined {
  return token === undefined || token.length === 0 ? undefined : token;
}

function joined(before: Buffer | undefined, token: Buffer | undefined): Buffer | undefined {
  if (before === undefined) return token;
  return token === undefined || token.length === 0 ? before : Buffer.concat([before, token]);
}

function tokenRequired(role: Role): SspiError {
  return usageError('ERR_SSPI_TOKEN_REQUIRED', 'The peer’s token is needed for this leg.', {
    hint:
      role === 'acceptor'
        ? 'An acceptor’s every leg answers a token of the client.'
        : 'Pass what the server answered; an answer of zero bytes is a view of zero bytes.',
  });
}
