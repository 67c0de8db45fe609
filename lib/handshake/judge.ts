import { Status } from '../binding/constants';

/**
 * What a leg asks for next. Sources: Microsoft's pages on InitializeSecurityContext (General, Schannel), AcceptSecurityContext
 * and CompleteAuthToken, "Return value".
 *
 * - `done`: the context is established; a token that came along still goes out.
 * - `ask-peer`: the peer owes the next token.
 * - `call-again`: bytes of the input are unread and the handshake goes on: they come first.
 * - `complete`: CompleteAuthToken first, then `judgeCompleted`.
 * - `ask-more`: the input of a stream package ends inside a message: keep it, append what comes next.
 * - `ask-credential`: another credential, then the same input.
 * - `fail`: anything else, including successes that no handshake knows: nothing unknown may establish a context. A token
 *   of a message package comes whole, so one that ends too early is damaged.
 */
export type Verdict = 'done' | 'ask-peer' | 'call-again' | 'complete' | 'ask-more' | 'ask-credential' | 'fail';

/**
 * Judges one call by its status, the bytes it was given and how many of their last it left unread; `stream` is true for
 * stream packages.
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

/** Judges a leg whose token CompleteAuthToken has completed: the leg's own status still rules. */
export function judgeCompleted(status: number, given: number, unread: number): Verdict {
  return status === Status.completeNeeded ? 'done' : judgeContinued(given, unread);
}

function judgeContinued(given: number, unread: number): Verdict {
  if (unread === 0) return 'ask-peer';
  // A call that read nothing would read nothing again: it waits for more.
  return unread < given ? 'call-again' : 'ask-more';
}

/**
 * What of an output token is for the peer. No token, a token of zero bytes and bytes are three things: zero bytes must be
 * framed and sent while a token protocol goes on, and are nothing in a byte stream or behind the last leg.
 */
export function tokenToSend(token: Buffer | undefined, goesOn: boolean, stream: boolean): Buffer | undefined {
  if (token === undefined || token.length > 0) return token;
  return goesOn && !stream ? token : undefined;
}
