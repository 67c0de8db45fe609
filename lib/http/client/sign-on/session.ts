/** One sign-on to one server or proxy: the tokens of one handshake, for one connection. */
import { initiate, SspiError, type Credentials, type Handshake, type InitiatorFlag, type Leg } from '../../../index';
import { kindOfToken } from '../../../wire/token-kind';
import { tokenOf } from '../../../wire/authentication-headers';
import { chooseScheme, type ChallengeKind, type SchemeRules } from './challenge';
import { denied, lastTokenMissing, ntlmNotListed, tooManyLegs, unproved } from './failures';
import type { CredentialSource, Scheme } from '../credentials';
import type { SignOnObserver } from './observer';
import type { TLSSocket } from 'node:tls';

/** Whom to sign on to, and what is permitted there. */
export interface SignOnTarget extends SchemeRules {
  readonly kind: ChallengeKind;
  /** The origin, for messages. */
  readonly origin: string;
  /**
   * Service principal names, such as `HTTP/web.corp.test`, in the order in which they are tried: the next one only when this
   * machine does not know the one before it, and no token has left.
   */
  readonly spns: readonly string[];
  /** May the service act for the user elsewhere? */
  readonly delegate: boolean;
  /** Must the party prove its identity? What was negotiated as NTLM is exempt. */
  readonly mutualAuth: boolean;
  /** The flags to request, instead of those for delegate and mutualAuth. */
  readonly flags?: readonly InitiatorFlag[] | undefined;
  readonly observer?: SignOnObserver | undefined;
  /** The TLS connection that the tokens are bound to. */
  readonly channelBindings?: TLSSocket | undefined;
}

/** What to send next. */
export interface OutgoingLeg {
  /** `Authorization` or `Proxy-Authorization` */
  readonly field: ChallengeKind['credentials'];
  readonly value: string;
  /** True if the party still owes a token: the request may be answered with another challenge. */
  readonly expectsReply: boolean;
}

/** The part of an answer that matters here. */
export interface SignOnAnswer {
  readonly status: number;
  /** The values of the challenge field. */
  readonly challenges: readonly string[];
}

/** More legs than any package needs. */
const maxLegs = 10;

export class SignOnSession {
  readonly #target: SignOnTarget;
  readonly #credentials: CredentialSource;
  readonly #signal: AbortSignal | undefined;
  #scheme: Scheme = 'Negotiate';
  #handshake: Handshake | undefined;
  #leg: Leg | undefined;
  #legs = 0;

  /** @param signal Aborting ends each wait. */
  constructor(target: SignOnTarget, credentials: CredentialSource, signal?: AbortSignal) {
    this.#target = target;
    this.#credentials = credentials;
    this.#signal = signal;
  }

  /** Has a token been made? */
  get begun(): boolean {
    return this.#legs > 0;
  }

  /** What was negotiated; undefined before the end. */
  get package(): string | undefined {
    return this.#leg?.expectsReply === false ? this.#handshake?.context.package : undefined;
  }

  /** Is it NTLM, as far as it can be seen? */
  get byNtlm(): boolean {
    if (this.#scheme === 'NTLM') return true;
    const token = this.#leg?.token;
    return this.package?.toLowerCase() === 'ntlm' || (token !== undefined && kindOfToken(token).ntlm);
  }

  /** Could these challenges be answered? */
  accepts(challenges: readonly string[]): boolean {
    return chooseScheme(challenges, this.#target) !== undefined;
  }

  /**
   * The first leg.
   *
   * @param challenges The values of the challenge field; none for a token that nobody asked for, which is Negotiate's.
   * @throws {SspiError} SEC_E_TARGET_UNKNOWN and other statuses of InitializeSecurityContext and AcquireCredentialsHandle,
   * ERR_SSPI_REQUIREMENT_NOT_MET if only NTLM is possible and not permitted, ERR_SSPI_ABORTED.
   */
  async begin(challenges: readonly string[] = []): Promise<OutgoingLeg> {
    const { spns, ntlm } = this.#target;
    this.#scheme = (challenges.length === 0 ? 'Negotiate' : chooseScheme(challenges, this.#target)) ?? 'Negotiate';
    // NTLM takes any name: where it is permitted, the names are first tried without it.
    const attempts =
      this.#scheme === 'Negotiate' && spns.length > 1
        ? [...spns.map((spn) => ({ spn, ntlm: false })), ...(ntlm ? [{ spn: spns[0] as string, ntlm }] : [])]
        : spns.map((spn) => ({ spn, ntlm }));
    for (const [index, attempt] of attempts.entries()) {
      try {
        return this.#outgoing(await this.#first(attempt.spn, attempt.ntlm));
      } catch (error) {
        await this.dispose();
        const unknown = SspiError.isSspiError(error, 'SEC_E_TARGET_UNKNOWN');
        if (!unknown || index === attempts.length - 1) throw error;
      }
    }
    throw new SspiError({ code: 'ERR_SSPI_INVALID_ARGUMENT', message: 'A sign-on needs a service principal name.' });
  }

  /**
   * Takes the answer to a leg.
   *
   * @returns The next leg; undefined when the sign-on is complete and the answer can be handed on.
   * @throws {SspiError} SEC_E_LOGON_DENIED if the party refuses; ERR_SSPI_REQUIREMENT_NOT_MET if it does not prove its identity;
   * ERR_SSPI_PEER_ENDED if it ends before this side does; ERR_SSPI_BAD_ANSWER after too many legs; the statuses of
   * InitializeSecurityContext for its token.
   */
  async answered({ status, challenges }: SignOnAnswer): Promise<OutgoingLeg | undefined> {
    const { kind } = this.#target;
    const token = tokenOf(challenges, this.#scheme);
    const challenged = status === kind.status;
    const waiting = this.#leg?.expectsReply === true;
    if (challenged && (token === undefined || !waiting)) throw await this.#denied(token, waiting);
    if (waiting && token !== undefined) {
      const leg = await this.#step(token);
      if (challenged) return this.#outgoing(leg);
      if (leg.expectsReply || (leg.token !== undefined && leg.token.length > 0))
        throw lastTokenMissing(this.#target, status);
    }
    this.#settle(status);
    return undefined;
  }

  async dispose(): Promise<void> {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    this.#leg = undefined;
    await handshake?.dispose();
  }

  /** A refusal; a token that came with it may say why. */
  async #denied(token: Buffer | undefined, waiting: boolean): Promise<SspiError> {
    if (token === undefined || !waiting) return denied(this.#target);
    try {
      await this.#step(token);
    } catch (error) {
      return denied(this.#target, error);
    }
    return denied(this.#target);
  }

  #settle(status: number): void {
    const { mutualAuth, observer } = this.#target;
    const handshake = this.#handshake as Handshake;
    const proved =
      !mutualAuth || this.byNtlm || (this.package !== undefined && handshake.context.flags.includes('mutualAuth'));
    if (!proved) throw unproved(this.#target, status);
    observer?.completed(handshake);
  }

  async #first(spn: string, ntlm: boolean): Promise<Leg> {
    const credentials = await this.#raced(this.#credentials.get({ scheme: this.#scheme, ntlm }));
    const { channelBindings } = this.#target;
    this.#handshake = this.#initiate(credentials, spn, channelBindings);
    try {
      return await this.#step();
    } catch (error) {
      // Wine's packages take no bindings. Whoever requires them refuses the sign-on.
      if (channelBindings === undefined || !SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM')) throw error;
      await this.dispose();
      this.#handshake = this.#initiate(credentials, spn, undefined);
      return this.#step();
    }
  }

  #initiate(credentials: Credentials, target: string, channelBindings: TLSSocket | undefined): Handshake {
    const handshake = initiate(credentials, {
      target,
      flags: this.#target.flags ?? this.#flags(),
      ...(channelBindings !== undefined && { channelBindings }),
      ...(this.#signal !== undefined && { signal: this.#signal }),
    });
    this.#target.observer?.handshakeBegun(handshake);
    return handshake;
  }

  #flags(): InitiatorFlag[] {
    const { delegate, mutualAuth } = this.#target;
    if (delegate) return ['mutualAuth', 'delegate'];
    return mutualAuth ? ['mutualAuth'] : [];
  }

  async #step(token?: Buffer): Promise<Leg> {
    if (++this.#legs > maxLegs) throw tooManyLegs(this.#target, maxLegs);
    const handshake = this.#handshake as Handshake;
    return (this.#leg = await handshake.step(token));
  }

  #outgoing({ token, expectsReply }: Leg): OutgoingLeg {
    if (token === undefined) throw lastTokenMissing(this.#target, this.#target.kind.status);
    if (!this.#target.ntlm && this.byNtlm) throw ntlmNotListed(this.#target);
    const value = `${this.#scheme} ${token.toString('base64')}`;
    return { field: this.#target.kind.credentials, value, expectsReply };
  }

  /** A credential is shared, so an abort only ends this wait. */
  async #raced<T>(work: Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return work;
    let abort!: () => void;
    const aborted = new Promise<never>((_resolve, reject) => {
      abort = () => reject(abortedError(signal));
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

function abortedError(signal: AbortSignal): SspiError {
  return new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'The operation was aborted.', cause: signal.reason });
}
