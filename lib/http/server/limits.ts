import { checkedCount, checkedRecord, checkedTime } from '../check';

/** How much of this process clients who have not signed on may use; Infinity for no limit. Times are in milliseconds. */
export interface Limits {
  /**
   * Calls of AcceptSecurityContext at once; more are answered 503. Default 48, below the 64 threads of the package, so that
   * this process's own sign-ons to other services still get one.
   */
  readonly acceptsInFlight?: number | undefined;
  /** Handshakes that have begun and not ended; more are answered 503. Default 10,000. */
  readonly pendingHandshakes?: number | undefined;
  /** The same of one IP address. Default 1,000: a proxy has one address for many clients. */
  readonly pendingHandshakesPerAddress?: number | undefined;
  /** The size of one token in bytes; a larger one is answered 400. Default 49,152 (65,536 characters of base64). */
  readonly tokenBytes?: number | undefined;
  /** Legs of one handshake; one more is answered 401. Default 10. */
  readonly legs?: number | undefined;
  /** How long a client may take for its next token; a later one is answered 401. Default 30,000. */
  readonly legTimeout?: number | undefined;
  /** How long a handshake may take in all; it is then answered 401. Default 60,000. */
  readonly handshakeTimeout?: number | undefined;
}

export type CheckedLimits = { readonly [Name in keyof Limits]-?: number };

export function checkedLimits(limits: Limits = {}): CheckedLimits {
  checkedRecord(limits, 'limits', [
    'acceptsInFlight',
    'pendingHandshakes',
    'pendingHandshakesPerAddress',
    'tokenBytes',
    'legs',
    'legTimeout',
    'handshakeTimeout',
  ]);
  return {
    acceptsInFlight: checkedCount(limits.acceptsInFlight, 'limits.acceptsInFlight', 48),
    pendingHandshakes: checkedCount(limits.pendingHandshakes, 'limits.pendingHandshakes', 10_000),
    pendingHandshakesPerAddress: checkedCount(
      limits.pendingHandshakesPerAddress,
      'limits.pendingHandshakesPerAddress',
      1_000,
    ),
    tokenBytes: checkedCount(limits.tokenBytes, 'limits.tokenBytes', 49_152),
    legs: checkedCount(limits.legs, 'limits.legs', 10),
    legTimeout: checkedTime(limits.legTimeout, 'limits.legTimeout', 30_000),
    handshakeTimeout: checkedTime(limits.handshakeTimeout, 'limits.handshakeTimeout', 60_000),
  };
}

/** Gives a place back; idempotent. */
export type Release = () => void;

/** Counts what is in use of the limits, over all connections. */
export class Usage {
  readonly #limits: CheckedLimits;
  readonly #perAddress = new Map<string, number>();
  #accepts = 0;
  #handshakes = 0;

  constructor(limits: CheckedLimits) {
    this.#limits = limits;
  }

  /** A place for a call of AcceptSecurityContext; undefined where all are taken. */
  beginAccept(): Release | undefined {
    if (this.#accepts >= this.#limits.acceptsInFlight) return undefined;
    this.#accepts++;
    return once(() => {
      this.#accepts--;
    });
  }

  /** A place for a handshake; undefined where all are taken, or all of its address. */
  beginHandshake(address: string | undefined): Release | undefined {
    const from = address ?? '';
    const ofAddress = this.#perAddress.get(from) ?? 0;
    if (this.#handshakes >= this.#limits.pendingHandshakes) return undefined;
    if (ofAddress >= this.#limits.pendingHandshakesPerAddress) return undefined;
    this.#handshakes++;
    this.#perAddress.set(from, ofAddress + 1);
    return once(() => this.#endHandshake(from));
  }

  #endHandshake(from: string): void {
    this.#handshakes--;
    const left = (this.#perAddress.get(from) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(from, left);
    else this.#perAddress.delete(from);
  }

  /** What is in use now, for tests. */
  get inUse(): { readonly accepts: number; readonly handshakes: number; readonly addresses: number } {
    return { accepts: this.#accepts, handshakes: this.#handshakes, addresses: this.#perAddress.size };
  }
}

function once(release: () => void): Release {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    release();
  };
}
