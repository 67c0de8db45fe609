import { abortedError, bindingError, disposedError, invalidArgument, statusError, usageError } from '../errors/make';
import { Admission } from './admission';
import { ContextHolder } from '../binding/context-holder';
import { CredentialRequests } from './credential-requests';
import { coreOf, type Credentials, type CredentialsCore } from '../credentials/credentials';
import { endAttributes, evidenceOfResult, readHandshakeResult } from '../context/handshake-result';
import { ExchangeRecord, type CurrentLeg } from './exchange-record';
import { Fault } from './fault';
import type { Role } from '../flags/sides';
import { judge, judgeCompleted, tokenToSend, type Verdict } from './judge';
import { LegInput } from './leg-input';
import { LegOutput, nonEmpty } from './leg-output';
import { LegWatch } from './leg-watch';
import { makeLeg, type Leg, type SendableLeg } from './leg';
import { packageOfToken, type TokenPackage } from './token-package';
import { SecurityContext } from '../context/security-context';
import { statusOfTokenUnderWine } from '../wine';
import { threadShortage } from '../binding/thread-shortage';
import { unmetRequirements, unwantedToken, type Demands } from './requirements';
import { Waiter } from './waiter';
import { withEvidence } from '../errors/sspi-error';
import type { CheckedOptions } from './options';
import type { Evidence } from '../errors/evidence';
import type { FailedLeg, LegEnd } from './leg-end';
import type { HandshakeObserver } from '../events/observer';
import type { RawAttribute, RawCompletion, RawLeg } from '../binding/binding';
import type { SspiApi } from '../errors/codes';
import type { SspiError } from '../errors/sspi-error';

type State = 'ready' | 'calling' | 'established' | 'failed';

const noBytes = Buffer.alloc(0);

/** The state machine of a handshake: it makes the calls of each leg, judges them, and ends every leg in `#endLeg`. */
export class StateMachine {
  readonly #credentials: CredentialsCore;
  readonly #options: CheckedOptions;
  readonly #holder: ContextHolder;
  readonly #endAttributes: readonly number[];
  readonly #waiter: Waiter<StateMachine>;
  readonly #credentialRequests: CredentialRequests;
  readonly #admission: Admission;
  readonly #input: LegInput;
  readonly #output = new LegOutput();
  readonly #record: ExchangeRecord;
  readonly #legWatch: LegWatch;
  readonly #fault = new Fault();

  #state: State = 'ready';
  #disposed = false;
  #context: SecurityContext | undefined;

  #index = 0;
  #driven = false;
  #failedLeg: SendableLeg | undefined;

  /** The package of the peer's tokens, if their bytes show it. */
  #peerPackage: TokenPackage | undefined;
  /** The call whose token CompleteAuthToken is processing. */
  #completing: RawLeg | undefined;

  readonly #onLeg = (raw: RawLeg): void => this.#guarded(() => this.#judge(raw));
  readonly #onCompleted = (raw: RawCompletion): void => this.#guarded(() => this.#judgeCompletion(raw));
  readonly #onFault = (error: unknown): void => this.#fail(bindingError(error));

  constructor(credentials: CredentialsCore, options: CheckedOptions, observer: HandshakeObserver) {
    this.#credentials = credentials;
    this.#options = options;
    this.#input = new LegInput(options.role, credentials);
    this.#record = new ExchangeRecord(credentials, options);
    this.#legWatch = new LegWatch(observer, this.#record);
    this.#admission = new Admission(options.protection);
    const usual = endAttributes(credentials.binding, credentials, options.role);
    this.#endAttributes = [...usual, ...this.#admission.attributes];
    this.#holder = new ContextHolder(credentials.binding, credentials.handle);
    this.#credentialRequests = new CredentialRequests(options, credentials.stream);
    this.#waiter = new Waiter(this, options.peerTimeout, (message) => {
      this.#fail(usageError('ERR_SSPI_PEER_TIMEOUT', message, { leg: this.#index }));
    });
    const { signal } = options;
    if (signal?.aborted === true) StateMachine.#abort(this, signal);
    else if (signal !== undefined) this.#waiter.watch(signal, StateMachine.#abort);
  }

  // Static, because closures that are created together keep everything alive that any of them uses.
  static #abort(machine: StateMachine, signal: AbortSignal): void {
    const hint = machine.#state === 'calling' ? threadShortage(machine.#holder.binding) : undefined;
    machine.#fail(abortedError(signal, hint));
  }

  /** Is called with each leg when it ends. */
  get observer(): HandshakeObserver {
    return this.#legWatch.observer;
  }

  set observer(observer: HandshakeObserver) {
    this.#legWatch.observer = observer;
  }

  get role(): Role {
    return this.#options.role;
  }

  get target(): string | undefined {
    return this.#options.target;
  }

  get established(): boolean {
    return this.#context !== undefined;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** True while the next leg needs a token of the peer. */
  get awaitsToken(): boolean {
    return this.#input.awaited;
  }

  get context(): SecurityContext {
    if (this.#context !== undefined) return this.#context;
    if (this.#disposed) throw disposedError('The handshake');
    if (this.#state === 'failed') throw this.#fault.forLaterCaller();
    throw usageError('ERR_SSPI_NOT_ESTABLISHED', 'The handshake is not complete: there is no context yet.', {
      hint: 'Continue until the expectsReply of a leg is false.',
    });
  }

  describe(): string {
    const state = this.#disposed ? 'disposed' : this.#state === 'calling' ? 'ready' : this.#state;
    const target = this.target === undefined ? '' : `, target: '${this.target}'`;
    return `Handshake { role: '${this.role}', package: '${this.#credentials.package}'${target}, legs: ${this.#index}, ${state} }`;
  }

  // -- By hand and by iteration -------------------------------------------------------------------------------------------

  step(token: unknown): Promise<Leg> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    return this.advance(token);
  }

  /** Until `endIteration`, nothing else may perform a leg. */
  beginIteration(): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    this.#driven = true;
  }

  /** Ends the handshake with what the iteration threw; returns the leg that informs the peer, if there is one. */
  failIteration(error: unknown): SendableLeg | undefined {
    this.#endLeg({ outcome: 'failed', error });
    this.#fault.markTold();
    this.forCaller(error);
    const last = this.#failedLeg;
    this.#failedLeg = undefined;
    return last;
  }

  endIteration(): void {
    this.#driven = false;
    if (this.#state === 'ready') {
      this.#fail(usageError('ERR_SSPI_DISPOSED', 'The iteration over the legs ended early.'));
    }
  }

  /** Between two steps of the iteration, the signal or a disposal may have ended the handshake. */
  checkAlive(): void {
    if (this.#state === 'failed') throw this.#fault.forLaterCaller();
  }

  /** Waits for the peer; the signal, disposal and the time limit end the wait. */
  waitForPeer<T>(pending: PromiseLike<T>): Promise<T> {
    return this.#waiter.waitForPeer(pending);
  }

  /** Performs the next leg; throws if the token is refused, which does not end the handshake. */
  advance(token: unknown): Promise<Leg> {
    const input = this.#input.admit(token);
    this.#state = 'calling';
    this.#input.begin(input);
    this.#legWatch.begin(this.#index);
    return new Promise<Leg>((resolve, reject) => {
      this.#waiter.waitForLeg(resolve, reject);
      this.#guarded(() => {
        if (this.#takes(input)) this.#call();
      });
    });
  }

  /** An error that leaves the package, with the stack of the caller. */
  forCaller(error: unknown): unknown {
    return this.#fault.forCaller(error);
  }

  /** Deletes the context; resolves when SSPI has freed it. */
  dispose(): Promise<void> {
    const freed = this.#holder.retire();
    this.#endUse();
    return freed;
  }

  /** The same if nobody waits. */
  drop(): void {
    this.#holder.drop();
    this.#endUse();
  }

  #endUse(): void {
    const again = this.#disposed;
    this.#disposed = true;
    if (this.#state === 'ready' || this.#state === 'calling') this.#fail(disposedError('The handshake'));
    if (!again && this.#context === undefined) this.#legWatch.disposed();
  }

  // -- Before a call ------------------------------------------------------------------------------------------------------

  /** Why a leg is not possible now, if it is not. */
  #refusal(): SspiError | undefined {
    switch (this.#state) {
      case 'calling':
        return usageError('ERR_SSPI_BUSY', 'Another leg is running: await it first.');
      case 'established':
        if (this.#disposed || this.#holder.retired) return disposedError('The handshake');
        return usageError('ERR_SSPI_HANDSHAKE_OVER', 'The handshake is complete: its last leg expected no reply.');
      case 'failed':
        return this.#disposed ? disposedError('The handshake') : this.#fault.forLaterCaller();
      case 'ready':
        return this.#driven ? usageError('ERR_SSPI_BUSY', 'legs() is driving this handshake.') : undefined;
    }
  }

  /** Whether this token may be passed to SSPI; ends the handshake if not. */
  #takes(input: Buffer | undefined): boolean {
    const { binding, package: packageName, stream } = this.#credentials;
    const tokenPackage = input === undefined || stream ? undefined : packageOfToken(input);
    if (tokenPackage === undefined) return true;
    this.#peerPackage = tokenPackage;
    const { api } = this.#record;
    const unwanted = unwantedToken(this.#demands, tokenPackage, this.#index);
    if (unwanted !== undefined) {
      this.#note(api, undefined, undefined, undefined);
      this.#fail(withEvidence(unwanted, () => ({ ...this.#evidence(), negotiated: tokenPackage })));
      return false;
    }
    const status = statusOfTokenUnderWine(binding, packageName, tokenPackage);
    if (status !== undefined) this.#failWith(status, api, undefined);
    return status === undefined;
  }

  get #demands(): Demands {
    const { role, target, requiredFlags, requiredPackages } = this.#options;
    return { role, target, requiredFlags, requiredPackages, bounds: this.#credentials.bounds };
  }

  // -- A call and its judgement -------------------------------------------------------------------------------------------

  #call(): void {
    const { binding, maxToken, stream } = this.#credentials;
    const { role, target, channelBindings } = this.#options;
    const { flags } = this.#credentialRequests;
    const { handle } = this.#holder;
    const { bytes } = this.#input;
    const attributes = this.#endAttributes;
    const pending =
      role === 'initiator'
        ? binding.initializeSecurityContext(handle, target, flags, bytes, channelBindings, maxToken, stream, attributes)
        : binding.acceptSecurityContext(
            handle,
            flags,
            bytes ?? noBytes,
            channelBindings,
            maxToken,
            stream,
            attributes,
            this.#admission.asksResult,
          );
    pending.then(this.#onLeg, this.#onFault);
  }

  /** Runs a part of the loop; an exception fails the handshake instead of leaving it pending. */
  #guarded(work: () => void): void {
    if (this.#state !== 'calling') return;
    try {
      work();
    } catch (error) {
      this.#fail(bindingError(error));
    }
  }

  #judge(raw: RawLeg): void {
    this.#admission.note(raw);
    const verdict = judge(raw.status, this.#input.length, raw.unread, this.#credentials.stream);
    if (verdict === 'complete') return this.#complete(raw);
    if (verdict === 'fail') return this.#failWith(raw.status, this.#record.api, raw.token);
    this.#proceed(verdict, raw, raw.token, raw.attributes);
  }

  #complete(raw: RawLeg): void {
    this.#completing = raw;
    const { binding, handle } = this.#holder;
    const attributes = judgeCompleted(raw.status, 0, 0) === 'done' ? this.#endAttributes : [];
    binding.completeAuthToken(handle, raw.token, attributes).then(this.#onCompleted, this.#onFault);
  }

  #judgeCompletion(completion: RawCompletion): void {
    const raw = this.#completing as RawLeg;
    this.#completing = undefined;
    // A token that CompleteAuthToken failed to complete must not be sent.
    if (completion.status !== 0) return this.#failWith(completion.status, 'CompleteAuthToken', undefined);
    const verdict = judgeCompleted(raw.status, this.#input.length, raw.unread);
    this.#proceed(verdict, raw, completion.token ?? raw.token, completion.attributes);
  }

  #proceed(verdict: Verdict, raw: RawLeg, token: Buffer | undefined, attributes: readonly RawAttribute[]): void {
    switch (verdict) {
      case 'done':
        return this.#establish(raw, token, attributes);
      case 'ask-peer':
        return this.#continue(raw, token);
      case 'ask-more':
        return this.#endLeg(this.#continued('incomplete', raw, this.#output.joinedWith(nonEmpty(token))));
      case 'call-again':
        this.#output.add(token);
        this.#input.skipTo(this.#input.unread(raw.unread));
        return this.#call();
      case 'ask-credential':
        this.#output.add(token);
        return this.#swapCredential(raw);
    }
  }

  #swapCredential(raw: RawLeg): void {
    const answer = this.#credentialRequests.next();
    if (answer === 'fail') return this.#failWith(raw.status, this.#record.api, undefined);
    if (answer === 'repeat') return this.#call();
    const use = (credentials: Credentials): void =>
      this.#guarded(() => {
        const { binding, handle } = coreOf(credentials);
        if (binding !== this.#holder.binding) throw invalidArgument('the credentials belong to another binding');
        binding.useCredential(this.#holder.handle, handle);
        this.#call();
      });
    // The caller's own error is passed through unchanged.
    void (async () => answer())().then(use, (error: unknown) => this.#endLeg({ outcome: 'failed', error }));
  }

  // -- The end of a leg ---------------------------------------------------------------------------------------------------

  #continue(raw: RawLeg, token: Buffer | undefined): void {
    const output = this.#output.joinedWith(token);
    this.#note(this.#record.api, raw.status, raw.flags, output);
    this.#record.noteAccepted(this.#current);
    this.#endLeg(this.#continued('continue', raw, output));
  }

  #continued(outcome: 'continue' | 'incomplete', { status }: RawLeg, output: Buffer | undefined): LegEnd {
    return { outcome, status, token: tokenToSend(output, true, this.#credentials.stream) };
  }

  #establish(raw: RawLeg, lastToken: Buffer | undefined, attributes: readonly RawAttribute[]): void {
    const { package: packageName, stream } = this.#credentials;
    const result = readHandshakeResult(
      this.#holder,
      this.#options,
      packageName,
      this.#peerPackage,
      raw.flags,
      raw.expiry,
      this.#endAttributes,
      attributes,
      this.#input.unread(raw.unread),
    );
    const { status } = raw;
    const { granted, expiry } = result;
    const token = tokenToSend(this.#output.joinedWith(lastToken), false, stream);
    this.#note(this.#record.api, status, granted, token);
    const evidence = (): Evidence => ({ ...this.#evidence(), ...evidenceOfResult(result) });
    const unmet =
      unmetRequirements(this.#demands, granted, result.package, this.#index, token) ??
      this.#admission.refusal(result, this.#index, token);
    if (unmet !== undefined) return this.#fail(withEvidence(unmet, evidence), { token });

    this.#record.noteAccepted(this.#current);
    const context = new SecurityContext(this.#holder, result, this.#admission.channelBinding);
    this.#endLeg({ outcome: 'established', status, token, context, evidence, expiry });
  }

  /** A failing status; if the call produced a token, it is for the peer. */
  #failWith(status: number, api: SspiApi, token: Buffer | undefined): void {
    const output = nonEmpty(this.#output.joinedWith(nonEmpty(token)));
    const leg = this.#index;
    this.#note(api, status, this.#record.granted, output);
    const { package: packageName, binding, stream } = this.#credentials;
    this.#admission.refusedBySspi(status, packageName);
    const wine = binding.wineVersion !== undefined;
    const target = stream ? undefined : this.#options.target;
    const call = { api, package: packageName, target, wine, evidence: this.#evidence() };
    const ended = { call: { api, status }, token: output };
    // legs() yields the token as a leg, step() puts it on the error; never both, so that it is not sent twice.
    if (this.#driven && output !== undefined) {
      this.#failedLeg = makeLeg(leg, output, false, status, true) as SendableLeg;
      this.#fail(statusError(status, call, { leg }), ended);
    } else {
      this.#fail(statusError(status, call, { leg, token: output }), ended);
    }
  }

  /** Ends the handshake with an error of this package. */
  #fail(error: SspiError, more: Pick<FailedLeg, 'call' | 'token'> = {}): void {
    if (this.#over) return;
    this.#fault.own(error);
    this.#endLeg({ outcome: 'failed', error, ...more });
  }

  /**
   * Every leg ends here, and only here does a handshake become established or fail. Notifies those who wait, and observers. The
   * error of a failed handshake may be the caller's own; its context is retired as soon as no call is running on it.
   */
  #endLeg(end: LegEnd): void {
    if (this.#over) return;
    const watching = this.#legWatch.watching && this.#used;
    const ended = watching ? this.#legWatch.describe(end, this.#current, this.#input.whole) : undefined;
    const { resolve, reject } = this.#waiter.end();
    const index = this.#index;
    if (end.outcome === 'failed') {
      const error = withEvidence(end.error, () => this.#evidence());
      this.#fault.set(error, reject !== undefined);
    } else {
      this.#index++;
    }
    this.#input.end(end.outcome === 'incomplete');
    this.#output.clear();
    switch (end.outcome) {
      case 'continue':
      case 'incomplete':
        this.#state = 'ready';
        if (!this.#driven) this.#waiter.expectPeer();
        break;
      case 'established':
        this.#state = 'established';
        this.#context = end.context;
        this.#waiter.detach();
        this.#record.clear();
        break;
      case 'failed':
        this.#state = 'failed';
        this.#waiter.detach();
        this.#record.clear();
        this.#holder.drop();
    }
    if (end.outcome === 'failed') reject?.(end.error);
    else resolve?.(makeLeg(index, end.token, end.outcome !== 'established', end.status, false));
    if (ended !== undefined) this.#legWatch.tell(ended, this.#holder);
  }

  /** False until a leg is requested: a handshake that ends before that has neither failed nor succeeded. */
  get #used(): boolean {
    return this.#input.begun || this.#driven;
  }

  get #over(): boolean {
    return this.#state === 'failed' || this.#state === 'established';
  }

  // -- What is known of it ------------------------------------------------------------------------------------------------

  get #current(): CurrentLeg {
    return { index: this.#index, input: this.#input.bytes, running: this.#state === 'calling' };
  }

  #note(api: SspiApi, status: number | undefined, granted: number | undefined, sent: Buffer | undefined): void {
    this.#record.add({ index: this.#index, api, status, granted, received: this.#input.bytes, sent });
  }

  #evidence(): Evidence {
    return this.#record.evidence(this.#current);
  }
}
