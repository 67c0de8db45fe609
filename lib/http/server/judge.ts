/** Judges requests: who may pass, and how the others are answered. */
import { anonymous, gone, type Verdict } from './verdict';
import { ContextLease, SignedOn, type Principal } from './identity';
import { Connections, type Connection } from './connection';
import { fieldsOf, type RequestFields } from './request';
import { foreignRequest, isPreflight } from './ambience';
import { isFromThisMachine, ntlmAllowed } from './ntlm';
import { kindOfToken } from '../../wire/token-kind';
import { ownFailure, refusal, refusalOfError, type Refusal } from './refusal';
import { PendingHandshake } from './pending';
import { principalOf } from './principal';
import { protectionTerms, type ProtectionTerms } from './protection';
import { publish } from './events';
import { SspiError, type Leg, type SecurityContext } from '../../index';
import { Usage, type Release } from './limits';
import type { Clock } from './clock';
import type { IncomingMessage } from 'node:http';
import type { Scheme, Settings } from './options';
import type { Service } from './service';

/** A token on its way to SSPI. */
interface Attempt {
  readonly connection: Connection;
  readonly fields: RequestFields;
  readonly scheme: Scheme;
  readonly token: Buffer;
  /** May it be NTLM's? */
  readonly ntlm: boolean;
}

export class Judge {
  readonly usage: Usage;
  readonly connections = new Connections();
  readonly #settings: Settings;
  readonly #service: Service;
  readonly #clock: Clock;
  /** Values of WWW-Authenticate that offer the schemes. */
  readonly #offer: readonly string[];

  constructor(settings: Settings, service: Service, clock: Clock) {
    this.#settings = settings;
    this.#service = service;
    this.#clock = clock;
    this.usage = new Usage(settings.limits);
    this.#offer = settings.schemes;
  }

  /** At once where nothing has to be waited for: a persisted identity, a request without a token. */
  judge(request: IncomingMessage, upgrade: boolean): Verdict | Promise<Verdict> {
    const connection = this.connections.of(request.socket);
    if (!connection.busy && this.#service.isReady) {
      const fields = fieldsOf(request, this.#settings.schemes);
      const verdict = this.#withoutToken(request, upgrade, connection, fields);
      return verdict ?? connection.inTurn(() => this.#withToken(connection, fields));
    }
    return connection.inTurn(async () => {
      if (this.#service.closed) {
        return this.#refused(refusal(503, 'The sign-on was closed.', { code: 'ERR_SSPI_DISPOSED' }));
      }
      try {
        await this.#service.ready();
      } catch (error) {
        return this.#refused(ownFailure(error));
      }
      const fields = fieldsOf(request, this.#settings.schemes);
      return this.#withoutToken(request, upgrade, connection, fields) ?? this.#withToken(connection, fields);
    });
  }

  /** All that can be said without SSPI; undefined for a token, which SSPI has to see. */
  #withoutToken(
    request: IncomingMessage,
    upgrade: boolean,
    connection: Connection,
    fields: RequestFields,
  ): Verdict | undefined {
    const { authorization } = fields;
    if (fields.forwarded && this.#settings.pooling) connection.pool();
    if (!upgrade && authorization.kind === 'none' && isPreflight(request)) return anonymous;
    if (authorization.kind !== 'none') connection.drop();
    const foreign = foreignRequest(request, upgrade, this.#settings.origins);
    if (foreign !== undefined) return this.#refused(refusal(403, foreign));
    if (authorization.kind === 'malformed') return this.#refused(refusal(400, authorization.reason));
    return authorization.kind === 'token' ? undefined : this.#anonymous(connection, fields);
  }

  #anonymous(connection: Connection, fields: RequestFields): Verdict {
    if (connection.pending !== undefined) {
      const reason = 'A request without a token came in the middle of a handshake on its connection.';
      return this.#refused(refusal(400, reason));
    }
    connection.lapsed = undefined;
    if (connection.kept?.loopbackOnly === true && !isFromThisMachine(fields, connection.socket)) connection.drop();
    const kept = connection.keptVerdict(this.#clock);
    if (kept !== undefined) return kept;
    if (this.#settings.optional) return anonymous;
    publish('challenge', () => ({ address: connection.address, schemes: this.#settings.schemes }));
    return this.#refused(refusal(401, 'The request has no token.'));
  }

  // -- A token ------------------------------------------------------------------------------------------------------------

  /** Never rejects: what goes wrong is a verdict, too. */
  async #withToken(connection: Connection, fields: RequestFields): Promise<Verdict> {
    const { authorization } = fields;
    try {
      if (authorization.kind !== 'token') return this.#anonymous(connection, fields);
      return await this.#attempt(connection, fields, authorization.scheme, authorization.token);
    } catch (error) {
      connection.endHandshake();
      return this.#refused(ownFailure(error));
    }
  }

  #attempt(connection: Connection, fields: RequestFields, scheme: Scheme, token: Buffer): Verdict | Promise<Verdict> {
    if (connection.closed) return gone;
    const { limits, ntlm: rule } = this.#settings;
    if (token.length > limits.tokenBytes) {
      connection.endHandshake();
      return this.#refused(refusal(400, `The token is larger than limits.tokenBytes (${limits.tokenBytes}).`));
    }
    const kind = kindOfToken(token);
    const isNtlm = scheme === 'NTLM' || kind.ntlm;
    const allowed = ntlmAllowed(this.#settings, fields, connection.socket, connection.pooled);
    if (isNtlm && !allowed) {
      connection.endHandshake();
      return this.#ntlmRefused(connection, scheme, undefined);
    }
    const { lapsed } = connection;
    connection.lapsed = undefined;
    if (lapsed !== undefined && !kind.initial) return this.#refused(refusal(401, lapsed));
    if (kind.initial || connection.pending?.scheme !== scheme) connection.endHandshake();
    // Under 'tls' NTLM is for handshakes that begin as such: those have to be bound to the channel from the start.
    const ntlm = allowed && (rule !== 'tls' || isNtlm);
    return this.#admit({ connection, fields, scheme, token, ntlm });
  }

  /** Lets a token through to SSPI, within the limits. */
  #admit(attempt: Attempt): Verdict | Promise<Verdict> {
    const { limits } = this.#settings;
    const { connection } = attempt;
    const release = this.usage.beginAccept();
    if (release === undefined) {
      return this.#refused(refusal(503, `limits.acceptsInFlight (${limits.acceptsInFlight}) are under way.`));
    }
    const begun = connection.pending ?? this.#begin(attempt);
    if (!(begun instanceof PendingHandshake)) {
      release();
      return this.#refused(begun);
    }
    if (begun.legs >= limits.legs) {
      release();
      connection.endHandshake();
      return this.#refused(refusal(401, `The handshake has more than limits.legs (${limits.legs}) legs.`));
    }
    return this.#step(attempt, begun, release);
  }

  /** A new handshake, or why none can begin. */
  #begin({ connection, scheme, ntlm }: Attempt): PendingHandshake | Refusal {
    const { ntlm: rule, limits, protection } = this.#settings;
    const credentials = this.#service.credential(scheme, ntlm);
    if (credentials === undefined) return refusal(500, 'The sign-on is not ready.');
    const terms = protectionTerms(protection, connection.socket, ntlm && rule === 'tls');
    if (terms === undefined) {
      return refusal(
        403,
        "extendedProtection: 'always' has nothing to hold this connection to: it is not encrypted here.",
      );
    }
    const release = this.usage.beginHandshake(connection.address);
    if (release === undefined)
      return refusal(503, 'limits.pendingHandshakes, in all or of this address, are under way.');
    const begin = (with_: ProtectionTerms): PendingHandshake =>
      new PendingHandshake({
        credentials,
        terms: with_,
        scheme,
        ntlm,
        limits,
        clock: this.#clock,
        release,
        onLapse: (reason) => {
          connection.lapsed = reason;
          connection.endHandshake();
        },
      });
    try {
      const handshake = this.#withTerms(terms, begin);
      connection.begin(handshake);
      return handshake;
    } catch (error) {
      release();
      return ownFailure(error);
    }
  }

  /** A platform that has no channel bindings does not support Extended Protection: 'whenSupported' goes on without. */
  #withTerms(terms: ProtectionTerms, begin: (terms: ProtectionTerms) => PendingHandshake): PendingHandshake {
    const { extendedProtection } = terms;
    const policy = typeof extendedProtection === 'object' ? extendedProtection.policy : extendedProtection;
    try {
      return begin(terms);
    } catch (error) {
      const lacking = SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM');
      if (!lacking || policy !== 'whenSupported') throw error;
      return begin({});
    }
  }

  async #step(attempt: Attempt, handshake: PendingHandshake, release: Release): Promise<Verdict> {
    const { connection, token } = attempt;
    const began = this.#clock.now();
    let leg: Leg;
    try {
      leg = await handshake.step(token);
    } catch (error) {
      const code = SspiError.isSspiError(error) ? error.code : 'ERR_SSPI_INTERNAL';
      this.#publishLeg(attempt, { leg: handshake.legs, code, expectsReply: false, sent: 0, began });
      // The thread is free when the call that hangs has returned, and not when nobody waits for it any more.
      void handshake.end().then(release, release);
      if (connection.pending === handshake) connection.endHandshake();
      if (handshake.lapsed !== undefined) {
        connection.lapsed = undefined;
        return this.#refused(refusal(401, handshake.lapsed));
      }
      return connection.closed ? gone : this.#refused(refusalOfError(error));
    }
    const { code, expectsReply, token: reply } = leg;
    this.#publishLeg(attempt, { leg: leg.index, code, expectsReply, sent: reply?.length ?? 0, began });
    if (expectsReply) {
      release();
      return this.#expectReply(attempt, reply);
    }
    if (connection.pending === handshake) connection.complete();
    try {
      return await this.#established(attempt, handshake, reply);
    } finally {
      release();
    }
  }

  #expectReply({ connection, scheme }: Attempt, reply: Buffer | undefined): Verdict {
    if (connection.closed) {
      connection.endHandshake();
      return gone;
    }
    if (connection.pooled) {
      connection.endHandshake();
      const reason = 'A handshake of several legs cannot be had through a proxy that may share its connections.';
      return this.#refused(refusal(401, reason));
    }
    if (reply === undefined) {
      connection.endHandshake();
      return this.#refused(refusal(401, 'The handshake wants another token and has none to send.'));
    }
    return { kind: 'continued', challenge: `${scheme} ${reply.toString('base64')}` };
  }

  /** SSPI is satisfied; now the policies. Nothing is published before the last of them. */
  async #established(attempt: Attempt, handshake: PendingHandshake, reply: Buffer | undefined): Promise<Verdict> {
    const { connection, scheme } = attempt;
    const context = handshake.complete();
    const lease = new ContextLease(context);
    let keeping = false;
    try {
      if (isNtlm(context) && !this.#ntlmHolds(attempt, handshake, context)) {
        return this.#ntlmRefused(connection, scheme, context.clientName);
      }
      const principal = await principalOf(context);
      const { allowed } = this.#service;
      if (connection.closed || allowed === undefined) return gone;
      const authenticate = reply === undefined ? undefined : `${scheme} ${reply.toString('base64')}`;
      const objection = allowed.objection(principal);
      if (objection !== undefined) {
        const more = { package: principal.package, name: principal.name };
        return this.#refused(refusal(403, objection, more), { authenticate, persistent: false });
      }
      keeping = true;
      return this.#publish(attempt, handshake, principal, lease, authenticate);
    } catch (error) {
      return connection.closed ? gone : this.#refused(refusalOfError(error));
    } finally {
      if (!keeping) lease.end();
    }
  }

  #publish(
    { connection, scheme }: Attempt,
    handshake: PendingHandshake,
    principal: Principal,
    lease: ContextLease,
    authenticate: string | undefined,
  ): Verdict {
    const { persist, ntlm, maxAge } = this.#settings;
    const byNtlm = isNtlm(principal);
    const wanted = persist === 'connection' || (persist === 'auto' && byNtlm);
    const kept = wanted && !connection.pooled;
    const until = this.#clock.now() + maxAge;
    if (kept) connection.keep(principal, lease, byNtlm && ntlm === 'loopback', this.#clock, until);
    publish('authenticated', () => ({
      address: connection.address,
      scheme,
      package: principal.package,
      name: principal.name,
      sid: principal.sid,
      legs: handshake.legs,
      duration: this.#clock.now() - handshake.begun,
      kept,
    }));
    if (byNtlm) {
      publish('ntlm', () => ({ address: connection.address, scheme, accepted: true, name: principal.name }));
    }
    return {
      kind: 'passed',
      identity: new SignedOn(principal, lease, false),
      additions: { authenticate, persistent: kept },
      lease: kept ? undefined : lease,
      until,
    };
  }

  /** What was negotiated counts, whatever the tokens looked like. */
  #ntlmHolds({ connection, fields }: Attempt, handshake: PendingHandshake, context: SecurityContext): boolean {
    if (!handshake.ntlm || !ntlmAllowed(this.#settings, fields, connection.socket, connection.pooled)) return false;
    return this.#settings.ntlm !== 'tls' || context.channelBinding === 'matched';
  }

  #ntlmRefused(connection: Connection, scheme: Scheme, name: string | undefined): Verdict {
    publish('ntlm', () => ({ address: connection.address, scheme, accepted: false, name }));
    const why = connection.pooled
      ? 'a proxy that may share its connections has passed the request on'
      : `the option ntlm is '${this.#settings.ntlm}'`;
    const found = refusal(401, `NTLM is not accepted here: ${why}.`, { package: 'NTLM', name });
    return { kind: 'refused', refusal: found, challenges: this.#offerWithout(scheme), additions: undefined };
  }

  /** A bare Negotiate, and no offer of the scheme NTLM. */
  #offerWithout(scheme: Scheme): readonly string[] {
    const left = this.#offer.filter((each) => each !== 'NTLM');
    return left.length === 0 ? [scheme] : left;
  }

  #refused(found: Refusal, additions?: { authenticate: string | undefined; persistent: boolean }): Verdict {
    return { kind: 'refused', refusal: found, challenges: found.status === 401 ? this.#offer : [], additions };
  }

  #publishLeg(
    { connection, scheme, token }: Attempt,
    leg: { leg: number; code: string; expectsReply: boolean; sent: number; began: number },
  ): void {
    const { began, ...rest } = leg;
    publish('leg', () => ({
      address: connection.address,
      scheme,
      received: token.length,
      duration: this.#clock.now() - began,
      ...rest,
    }));
  }
}

const isNtlm = ({ package: name }: { readonly package: string }): boolean => name.toUpperCase() === 'NTLM';
