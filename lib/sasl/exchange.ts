import type { Handshake, Leg, SecurityContext } from '../index';
import type { ProtectingLayer } from './layer';

/** The messages of one mechanism on one side. */
export interface Exchange {
  /** Takes the peer's message and makes the next one. */
  step(challenge: Buffer | undefined): Promise<Turn>;
}

/** What this side has to do next. */
export interface Turn {
  readonly token: Buffer | undefined;
  /** Set by a leg of the handshake; undefined for a message of the mechanism's own. */
  readonly leg?: Leg | undefined;
  /** Set when this side is done. */
  readonly outcome?: Outcome | undefined;
}

/** What both sides have agreed on. */
export interface Outcome {
  readonly context: SecurityContext;
  /** Undefined for none. */
  readonly layer: ProtectingLayer | undefined;
  /** Whom the client wants to act as; empty for itself. */
  readonly authzid: string;
}

/** One leg of the handshake as a turn: it never ends the mechanism by itself. */
export async function handshakeTurn(handshake: Handshake, challenge: Buffer | undefined): Promise<Turn & { leg: Leg }> {
  const leg = await handshake.step(challenge);
  return { token: leg.token, leg };
}
