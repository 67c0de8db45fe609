import type { Role } from '../flags/sides';

/**
 * The handshake that a message is about: one frozen object, the same in all messages of one handshake, so that it can be
 * the key of a WeakMap.
 *
 * @example
 * ```ts
 * const spans = new WeakMap<ObservedHandshake, Span>();
 * ```
 */
export interface ObservedHandshake {
  /** Counts from 1 the handshakes of this thread that were published; copies of the package count apart. */
  readonly id: number;
  readonly role: Role;
  /** The package of the credentials, which for Negotiate is not yet the one that is used. */
  readonly package: string;
  /** An initiator's target name, as SSPI is given it. */
  readonly target: string | undefined;
  /** The explicit identity of the credentials, as `CORP\alice` or `alice@corp.test`; undefined for the user of the process. */
  readonly account: string | undefined;
}
