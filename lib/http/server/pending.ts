import { accept, type Credentials, type Handshake, type Leg } from '../../index';
import { afterLimit, type Clock, type Timer } from './clock';
import type { CheckedLimits, Release } from './limits';
import type { ProtectionTerms } from './protection';
import type { Scheme } from './options';

/** How a handshake is begun. */
export interface Beginning {
  readonly credentials: Credentials;
  readonly terms: ProtectionTerms;
  readonly scheme: Scheme;
  /** May it end with NTLM? */
  readonly ntlm: boolean;
  readonly limits: CheckedLimits;
  readonly clock: Clock;
  /** Gives back the place among the pending handshakes. */
  readonly release: Release;
  /** Called when a time limit has ended the handshake. */
  readonly onLapse: (reason: string) => void;
}

/** A handshake of one connection that has not ended, with its limits. */
export class PendingHandshake {
  readonly scheme: Scheme;
  readonly ntlm: boolean;
  readonly begun: number;
  /** Legs that SSPI has taken. */
  legs = 0;
  /** Why a time limit has ended it. */
  lapsed: string | undefined;
  readonly #handshake: Handshake;
  readonly #beginning: Beginning;
  readonly #inAll: Timer | undefined;
  #betweenLegs: Timer | undefined;

  /** @throws what `accept` throws. */
  constructor(beginning: Beginning) {
    const { credentials, terms, scheme, clock, limits } = beginning;
    this.#beginning = beginning;
    this.scheme = scheme;
    this.ntlm = beginning.ntlm;
    this.begun = clock.now();
    this.#handshake = begin(credentials, terms);
    this.#inAll = afterLimit(clock, limits.handshakeTimeout, () =>
      this.#lapse(`The handshake took longer than limits.handshakeTimeout (${limits.handshakeTimeout} ms).`),
    );
  }

  async step(token: Buffer): Promise<Leg> {
    this.#betweenLegs?.cancel();
    const leg = await this.#handshake.step(token);
    this.legs++;
    if (leg.expectsReply && this.lapsed === undefined) {
      const { clock, limits } = this.#beginning;
      this.#betweenLegs = afterLimit(clock, limits.legTimeout, () =>
        this.#lapse(`The next token did not come within limits.legTimeout (${limits.legTimeout} ms).`),
      );
    }
    return leg;
  }

  /** Of an established handshake: it is no longer pending, and whoever gets the context disposes of it. */
  complete(): Handshake['context'] {
    this.#settle();
    return this.#handshake.context;
  }

  /** Ends it; resolves when SSPI has freed its context. */
  end(): Promise<void> {
    this.#settle();
    return this.#handshake.dispose();
  }

  #settle(): void {
    this.#inAll?.cancel();
    this.#betweenLegs?.cancel();
    this.#beginning.release();
  }

  #lapse(reason: string): void {
    this.lapsed = reason;
    this.#beginning.onLapse(reason);
  }
}

/** The limits are this server's own: `peerTimeout` would end handshakes by another clock. */
function begin(credentials: Credentials, terms: ProtectionTerms): Handshake {
  return accept(credentials, { ...terms, peerTimeout: Infinity });
}
