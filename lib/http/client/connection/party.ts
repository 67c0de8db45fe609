/** The server or proxy at the end of a connection, and what the connection is to it. */
import { SignOnSession } from '../sign-on/session';
import { fieldValues, type ResponseHead } from '../../../wire/http-head';
import type { ChallengeKind, SchemeRules } from '../sign-on/challenge';
import type { CredentialSource } from '../credentials';
import type { InitiatorFlag } from '../../../index';
import type { SignOnObserver } from '../sign-on/observer';
import type { TLSSocket } from 'node:tls';

/** What the options permit at one server or proxy. */
export interface PartyRules extends SchemeRules {
  readonly kind: ChallengeKind;
  readonly origin: string;
  /** False for a proxy that gets no credential. */
  readonly permitted: boolean;
  readonly delegate: boolean;
  readonly mutualAuth: boolean;
  /** Is a token sent before it is asked for? */
  readonly preemptive: boolean;
  /** The flags to request, instead of those for delegate and mutualAuth. */
  readonly flags?: readonly InitiatorFlag[] | undefined;
  readonly observer?: SignOnObserver | undefined;
  /** The service principal names, in their order. */
  names(): Promise<readonly string[]>;
}

/**
 * `connection`: the party takes all requests of this connection as signed on. `request`: each one needs a token, which is sent
 * before it is asked for.
 */
type Standing = 'unknown' | 'connection' | 'request';

export class Party {
  readonly rules: PartyRules;
  readonly #credentials: CredentialSource;
  standing: Standing = 'unknown';
  session: SignOnSession | undefined;
  /** The directories that have asked for a token: their protection space (RFC 9110, 11.5; RFC 7617, 2.2). */
  readonly #spaces = new Set<string>();

  constructor(rules: PartyRules, credentials: CredentialSource) {
    this.rules = rules;
    this.#credentials = credentials;
  }

  /** The connection is another one. */
  reset(): void {
    if (this.standing === 'connection') this.standing = 'unknown';
  }

  /** Is a token sent before it is asked for? */
  wantsToken(target: string): boolean {
    if (this.standing === 'connection') return false;
    if (this.rules.preemptive) return true;
    return this.standing === 'request' && [...this.#spaces].some((space) => target.startsWith(space));
  }

  /** @param unasked Only Kerberos is sent before it is asked for. */
  async begin(unasked: boolean, tls: TLSSocket | undefined, signal: AbortSignal): Promise<SignOnSession> {
    const spns = await this.rules.names();
    const { ntlm } = this.rules;
    const target = { ...this.rules, spns, ntlm: ntlm && !unasked, channelBindings: tls };
    return (this.session = new SignOnSession(target, this.#credentials, signal));
  }

  /** The sign-on is complete: what holds for later requests, as the answer says (Persistent-Auth, MS-N2HT) or as is usual. */
  complete(head: ResponseHead, target: string): void {
    const session = this.session;
    if (session === undefined) return;
    const persistent = fieldValues(head, 'persistent-auth')[0]?.trim().toLowerCase();
    if (persistent === 'true') this.standing = 'connection';
    else if (session.byNtlm) this.standing = persistent === 'false' ? 'unknown' : 'connection';
    else this.standing = 'request';
    this.#spaces.add(this.rules.kind.party === 'proxy' ? '' : target.replace(/[?#].*$/s, '').replace(/[^/]*$/, ''));
    this.end();
  }

  /** Frees the session; nothing waits for it. */
  end(): void {
    const session = this.session;
    this.session = undefined;
    void session?.dispose().catch(() => undefined);
  }
}
