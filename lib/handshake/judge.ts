import { Status } from '../binding/constants';

/**
 * What has to happen next in a leg. Sources: Microsoft's pages on InitializeSecurityContext (General, Schannel),
 * AcceptSecurityContext and CompleteAuthToken, "Return value".
 *
 * - `done`: the context is established; if there is a token, it still has to be sent.
 * - `ask-peer`: the peer owes the next token.
 * - `call-again`: bytes of the input are unread and the handshake continues: they are processed first.
 * - `complete`: CompleteAuthToken first, then `judgeCompleted`.
 * - `ask-more`: the input of a stream package ends inside a message: keep it, and append what arrives next.
 * - `ask-credential`: pass another credential, then the same input.
 * - `fail`: anything else, including unknown successes, because an unknown status must not establish a context. Tokens of
 *   message packages arrive complete, so one that ends too early is damaged.
 */
export type Verdict = 'done' | 'ask-peer' | 'call-again' | 'complete' | 'ask-more' | 'ask-credential' | 'fail';

/**
 * Judges one call by its status, the number of bytes that it was given, and how many of the last ones it left unread; `stream`
 * is true for stream packages.
 */
export function judge(status: number, given: number, unread: number, stream: boolean): Verdict {
  switch (status) {
    case Status.ok:
      return 'done';
    case Status.continueNeeded:
      return judgeContinued(given, unread);
    case Status.completeNeeded:
    case Status.completeAndContinue:
      return 'complete';
    case Status.incompleteMessage:
      return stream ? 'ask-more' : 'fail';
    case Status.incompleteCredentials:
      return 'ask-credential';
    default:
      return 'fail';
  }
}

/** Judges a leg whose token CompleteAuthToken has completed: the status of the leg itself still decides. */
export function judgeCompleted(status: number, given: number, unread: number): Verdict {
  return status === Status.completeNeeded ? 'done' : judgeContinued(given, unread);
}

function judgeContinued(given: number, unread: number): Verdict {
  if (unread === 0) return 'ask-peer';
  // A call that read nothing would again read nothing, so more bytes are needed.
  return unread < given ? 'call-again' : 'ask-more';
}

/**
 * The part of the output token that is for the peer. No token, a token of zero bytes and a token with bytes are different: zero
 * bytes must be framed and sent while the exchange continues, but mean nothing in a byte stream or after the last leg.
 */
export function tokenToSend(token: Buffer | undefined, goesOn: boolean, stream: boolean): Buffer | undefined {
  if (token === undefined || token.length > 0) return token;
  return goesOn && !stream ? token : undefined;
}
