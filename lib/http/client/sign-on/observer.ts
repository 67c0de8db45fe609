import type { Handshake } from '../../../index';
import type { ResponseHead } from '../../../wire/http-head';

/** Follows the sign-ons to one party, for internal use: it sees the handshakes, and so the tokens. */
export interface SignOnObserver {
  /** A handshake was made, and its first leg comes next. */
  handshakeBegun(handshake: Handshake): void;
  /** The head of an answer, before the sign-on takes it. */
  answered(head: ResponseHead): void;
  /**
   * The party has accepted the sign-on. The handshake is not established if the party left out a token that nothing required; it
   * is disposed of after this call.
   */
  completed(handshake: Handshake): void;
}
