import type { Role } from '../flags/sides';

/**
 * The handshake that a message is about. It is the same frozen object in all messages of one handshake, so it can be the key of
 * a WeakMap.
 *
 * @example
 * ```ts
 * const spans = new WeakMap<ObservedHandshake, Span>();
 * ```
 */
export interface ObservedHandshake {
  /** The number of the handshake, from 1, among those published in this thread; copies of the package count separately. */
  readonly id: number;
  readonly role: Role;
  /** The package of the credentials; for Negotiate, this is not yet the one that is used. */
  readonly package: string;
  /** The target name of a client, as passed to SSPI. */
  readonly target: string | undefined;
  /** The explicit identity of the credentials, as `CORP\alice` or `alice@corp.test`; undefined for the user of the process. */
  readonly account: string | undefined;
}
