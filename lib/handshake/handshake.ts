import { bothObservers, type EndedLeg, type HandshakeObserver } from '../events/observer';
import { describe } from '../arguments';
import { invalidArgument } from '../errors/make';
import { isIterable, type IncomingTokens } from './incoming';
import { legs } from './legs';
import { StateMachine } from './state-machine';
import type { CheckedOptions } from './options';
import type { CredentialsCore } from '../credentials/credentials';
import type { Leg, SendableLeg } from './leg';
import type { Releasable } from '../dispose';
import type { Role } from '../flags/sides';
import type { SecurityContext } from '../context/security-context';

/** Calls a function with each leg of one handshake when it ends, including the tokens. */
let observeLegs: (handshake: Handshake, legEnded: (leg: EndedLeg) => void) => void;

/**
 * One handshake, from {@link initiate} or {@link accept}: drive it either with {@link Handshake.legs} or by hand with
 * {@link Handshake.step}, then use its {@link Handshake.context}.
 *
 * Only the local status ends it: whatever the transport says (such as an HTTP 200), the handshake is complete when a leg
 * expects no reply. One call runs at a time. Dispose of it (`await using`) or its context when the connection closes.
 */
export class Handshake implements Releasable {
  readonly #machine: StateMachine;

  static {
    observeLegs = (handshake, legEnded) => {
      const machine = handshake.#machine;
      machine.observer = bothObservers(machine.observer, { watching: true, legEnded, disposed: () => undefined });
    };
  }

  /** @internal */
  constructor(credentials: CredentialsCore, options: CheckedOptions, observer: HandshakeObserver) {
    this.#machine = new StateMachine(credentials, options, observer);
  }

  /** Which side this is. */
  get role(): Role {
    return this.#machine.role;
  }

  /** The target name as it is passed to SSPI, with international host names in punycode; undefined for a server. */
  get target(): string | undefined {
    return this.#machine.target;
  }

  /** True once the handshake has succeeded and {@link Handshake.context} can be read. */
  get established(): boolean {
    return this.#machine.established;
  }

  get disposed(): boolean {
    return this.#machine.disposed;
  }

  /**
   * The established context. It shares the lifetime of this handshake: disposing of either disposes of both.
   * @throws {SspiError} ERR_SSPI_NOT_ESTABLISHED before the end, ERR_SSPI_HANDSHAKE_FAILED after a failure.
   */
  get context(): SecurityContext {
    return this.#machine.context;
  }

  /**
   * Performs the next leg.
   *
   * @param token What the peer sent. A server always needs it, a client from its second leg on (a first token is allowed,
   * because in some protocols the server sends hints). A view of zero bytes is a token. The bytes are copied before this
   * returns.
   * @returns The leg: send its token if there is one, and call again with the peer's answer while it expects a reply. If a leg
   * expects a reply but has no token, read more first.
   * @throws {SspiError} (by rejection) the status of a failing call, with the token for the peer if there is one;
   * ERR_SSPI_REQUIREMENT_NOT_MET; ERR_SSPI_BUSY while another call is running, which is not affected; ERR_SSPI_HANDSHAKE_OVER
   * and ERR_SSPI_HANDSHAKE_FAILED after the end; ERR_SSPI_TOKEN_REQUIRED, ERR_SSPI_EMPTY_TOKEN, ERR_SSPI_TOKEN_TOO_LARGE and
   * ERR_SSPI_INVALID_ARGUMENT for the token, none of which ends the handshake.
   * @example
   * ```ts
   * let leg = await client.step();
   * while (leg.expectsReply) leg = await client.step(await roundTrip(leg.token));
   * ```
   */
  async step(token?: NodeJS.ArrayBufferView): Promise<Leg> {
    try {
      return await this.#machine.step(token);
    } catch (error) {
      throw this.#machine.forCaller(error);
    }
  }

  /**
   * Runs the handshake to its end, as an async iterator over the legs that have something to send; it returns the context.
   *
   * A token is pulled from `incoming` only when the peer owes one. At the end `incoming` is not closed: it is the caller's
   * stream, and continues after the handshake. (To continue reading from the same async iterator, pass the iterator itself
   * rather than a stream that makes a new one for each loop.) Leaving the loop early ends the handshake.
   *
   * @param incoming The peer's tokens, each complete; for stream packages (Schannel) any pieces of the byte stream.
   * @throws {SspiError} as {@link Handshake.step}. If a failing call produced a token for the peer, it is first yielded as a
   * last leg with `failed: true`. ERR_SSPI_PEER_ENDED when `incoming` ends while the peer owes a token, ERR_SSPI_PEER_TIMEOUT
   * when it takes too long; what `incoming` itself throws passes through.
   * @example
   * ```ts
   * for await (const leg of client.legs(incoming)) await send(leg.token);
   * const { context } = client;
   * ```
   */
  legs(incoming?: IncomingTokens): AsyncGenerator<SendableLeg, SecurityContext, void> {
    if (incoming !== undefined && !isIterable(incoming)) {
      throw invalidArgument(`incoming must be an iterable or async iterable of tokens, not ${describe(incoming)}`);
    }
    return legs(this.#machine, incoming);
  }

  /**
   * Ends the handshake and deletes its context, even an established one; resolves when SSPI has freed it. A pending `step()`
   * rejects with ERR_SSPI_DISPOSED at once, but its native call is awaited. Idempotent.
   *
   * `using` (Symbol.dispose) does the same without waiting: a call that hangs then does not keep the process alive.
   */
  dispose(): Promise<void> {
    return this.#machine.dispose();
  }

  [Symbol.dispose](): void {
    this.#machine.drop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#machine.describe();
  }
}

export { observeLegs };
