import { statusCode } from '../errors/status-code';
import type { SspiStatusCode } from '../errors/codes';

/** One leg of a handshake: what this side has to do after a call of InitializeSecurityContext or AcceptSecurityContext. */
export interface Leg {
  /** The number of this leg on this side, from 0. */
  readonly index: number;
  /** What to send: undefined for nothing, an empty Buffer for a token of zero bytes that must be framed and sent. */
  readonly token: Buffer | undefined;
  /** True while the peer owes a token. */
  readonly expectsReply: boolean;
  /** SSPI's status, an unsigned 32-bit number. */
  readonly status: number;
  /** The status by name: `'SEC_E_OK'`, `'SEC_I_CONTINUE_NEEDED'`, … */
  readonly code: SspiStatusCode;
  /** True for a leg whose token only tells the peer why this side has failed. */
  readonly failed: boolean;
}

/** A leg that `legs()` yields: it always has something to send. */
export interface SendableLeg extends Leg {
  readonly token: Buffer;
}

export function makeLeg(
  index: number,
  token: Buffer | undefined,
  expectsReply: boolean,
  status: number,
  failed: boolean,
): Leg {
  return Object.freeze({ index, token, expectsReply, status, code: statusCode(status), failed });
}
