import type { CauseName } from '../errors/catalogue/causes';
import type { GrantedFlag } from '../flags/tables';
import type { LegOutcome } from './outcome';
import type { ObservedHandshake } from './observed-handshake';
import type { SspiApi, SspiErrorCode } from '../errors/codes';

/**
 * Published on `sspi:credential:acquired` when `acquireCredentials()` succeeds.
 *
 * @example
 * ```ts
 * subscribe('sspi:credential:acquired', (message) => {
 *   const { package: name, use, duration } = message as CredentialAcquired;
 *   log(`${name} (${use}) in ${duration} ms`);
 * });
 * ```
 */
export interface CredentialAcquired {
  readonly package: string;
  readonly use: 'inbound' | 'outbound' | 'both';
  /** The explicit identity, as in {@link ObservedHandshake.account}; undefined for the user of the process or `onBehalfOf`. */
  readonly account: string | undefined;
  /** True for a client's credential, acquired with `onBehalfOf`. */
  readonly onBehalfOf: boolean;
  /** Undefined if it never expires or the package does not say. */
  readonly expiry: Date | undefined;
  /** Milliseconds; undefined if nobody had subscribed when the call began. */
  readonly duration: number | undefined;
}

/**
 * Published on `sspi:leg:finished` for each leg, also for the one that fails. A `step()` that only refuses its argument makes no leg.
 *
 * @example
 * ```ts
 * subscribe('sspi:leg:finished', (message) => {
 *   const { handshake, call, code, duration } = message as LegFinished;
 *   histogram.record(duration ?? 0, { call, code, role: handshake.role });
 * });
 * ```
 */
export interface LegFinished {
  readonly handshake: ObservedHandshake;
  /** The number of this leg on this side, from 0. */
  readonly index: number;
  /** The SSPI function that ended the leg, or was to. */
  readonly call: SspiApi;
  readonly outcome: LegOutcome;
  /** The status by name, or the code of the error; undefined if the caller's own code threw. */
  readonly code: SspiErrorCode | undefined;
  /** SSPI's status, an unsigned 32-bit number; undefined if no call returned one. */
  readonly status: number | undefined;
  /** Bytes that the leg was given, with those kept from an incomplete one; undefined for no token. */
  readonly received: number | undefined;
  /** Bytes for the peer; undefined for no token. */
  readonly sent: number | undefined;
  /** Milliseconds, all calls of the leg together; undefined if nobody had subscribed when it began. */
  readonly duration: number | undefined;
}

/**
 * Published on `sspi:handshake:established`, after the message of the last leg.
 *
 * @example
 * ```ts
 * subscribe('sspi:handshake:established', (message) => {
 *   const { package: used, clientName } = message as HandshakeEstablished;
 *   log(`${clientName ?? 'this process'} signed on using ${used}`);
 * });
 * ```
 */
export interface HandshakeEstablished {
  readonly handshake: ObservedHandshake;
  /** The package that was negotiated. */
  readonly package: string;
  /** What was granted, by name. */
  readonly flags: readonly GrantedFlag[];
  /** Whom an acceptor has authenticated; undefined for an initiator, who would have to ask for it. */
  readonly clientName: string | undefined;
  /** Undefined if the context never expires or the package does not say. */
  readonly expiry: Date | undefined;
  /** How many legs this side made. */
  readonly legs: number;
  /** Milliseconds since the first leg began, the waiting for the peer included; undefined if nobody had subscribed then. */
  readonly duration: number | undefined;
}

/**
 * Published on `sspi:handshake:failed`, after the message of the leg if one had begun. A handshake that ends before its first leg
 * was asked for does not fail.
 *
 * @example
 * ```ts
 * subscribe('sspi:handshake:failed', (message) => {
 *   const { handshake, code, cause, summary } = message as HandshakeFailed;
 *   failures.add(1, { code, cause });
 *   log(`${handshake.role} ${handshake.id}: ${code}: ${summary}`);
 * });
 * ```
 */
export interface HandshakeFailed {
  readonly handshake: ObservedHandshake;
  /** The code of the error; undefined if the caller's own code threw, such as `incoming`. */
  readonly code: SspiErrorCode | undefined;
  readonly status: number | undefined;
  /** The SSPI function that failed; undefined if none did: an abort, a time limit, a requirement that is not met. */
  readonly call: SspiApi | undefined;
  /** The index of the leg that failed or did not come. */
  readonly leg: number;
  /** The first cause that `error.explain()` names; undefined for an error that is not this package's. */
  readonly cause: CauseName | undefined;
  readonly likelihood: 'certain' | 'likely' | 'possible' | undefined;
  /** The cause in one sentence. */
  readonly summary: string | undefined;
  /** Milliseconds, as in {@link HandshakeEstablished.duration}. */
  readonly duration: number | undefined;
}

/**
 * Published on `sspi:handshake:disposed`, once, when a handshake or its context is disposed of. What is only garbage-collected
 * publishes nothing, and neither does a context that was established before anybody had subscribed.
 *
 * @example
 * ```ts
 * subscribe('sspi:handshake:disposed', (message) => {
 *   if ((message as HandshakeDisposed).established) openContexts.add(-1);
 * });
 * ```
 */
export interface HandshakeDisposed {
  readonly handshake: ObservedHandshake;
  /** Whether there was an established context. */
  readonly established: boolean;
  /** How long the context was established, in milliseconds; undefined without one. */
  readonly lifetime: number | undefined;
}

/**
 * Published on `sspi:ntlm:chosen`, before the message of the established handshake, where the package that was negotiated is NTLM.
 *
 * @example
 * ```ts
 * subscribe('sspi:ntlm:chosen', (message) => {
 *   const { client, workstation, target, reasons } = message as NtlmChosen;
 *   log(`${client} on ${workstation} used NTLM for ${target}:`, reasons.map(({ text }) => text).join(' '));
 * });
 * ```
 */
export interface NtlmChosen {
  readonly handshake: ObservedHandshake;
  /** Who: as the AUTHENTICATE message names the user; undefined if it names none (an anonymous client). */
  readonly client: string | undefined;
  /** The client's machine, as the AUTHENTICATE message names it: the client's own claim, which nothing proves. */
  readonly workstation: string | undefined;
  /** Where: an initiator's target name; for an acceptor the one in the client's response (MsvAvTargetName), if it is there. */
  readonly target: string | undefined;
  /** Why it was not Kerberos, as far as this side can tell; at least one. */
  readonly reasons: readonly NtlmReason[];
}

/** A reason for NTLM. */
export interface NtlmReason {
  readonly reason: NtlmReasonName;
  /** The same in one sentence. */
  readonly text: string;
}

/**
 * - `ntlm-credentials`: the credentials are for the package NTLM itself.
 * - `no-target`, `target-is-address`, `target-is-no-spn`, `short-host-name`: there is no Kerberos without a service principal
 *   name that is registered.
 * - `no-realm`: the identity names no domain, or one that is no realm.
 * - `kerberos-not-offered`: Kerberos is not among the mechanisms that the client offered.
 * - `chosen-by-client`: the client came with NTLM, and only it knows why.
 * - `unknown`: nothing on this side rules Kerberos out.
 */
export type NtlmReasonName =
  | 'ntlm-credentials'
  | 'no-target'
  | 'target-is-address'
  | 'target-is-no-spn'
  | 'short-host-name'
  | 'no-realm'
  | 'kerberos-not-offered'
  | 'chosen-by-client'
  | 'unknown';

/**
 * What this package publishes with `node:diagnostics_channel`: the type of the message for each channel's name. docs/events.md has
 * the contract.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import type { SspiEvents } from 'sspi';
 *
 * function on<Name extends keyof SspiEvents>(name: Name, handle: (message: SspiEvents[Name]) => void): void {
 *   subscribe(name, (message) => handle(message as SspiEvents[Name]));
 * }
 * ```
 */
export interface SspiEvents {
  readonly 'sspi:credential:acquired': CredentialAcquired;
  readonly 'sspi:leg:finished': LegFinished;
  readonly 'sspi:handshake:established': HandshakeEstablished;
  readonly 'sspi:handshake:failed': HandshakeFailed;
  readonly 'sspi:handshake:disposed': HandshakeDisposed;
  readonly 'sspi:ntlm:chosen': NtlmChosen;
}
