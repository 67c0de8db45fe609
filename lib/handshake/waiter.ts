import { AbortWatch } from '../abort-watch';
import { PeerTimer } from './peer-timer';
import type { Leg } from './leg';

/** The functions of a caller's promise; undefined while nobody waits. */
export interface Waiting {
  readonly resolve: ((leg: Leg) => void) | undefined;
  readonly reject: ((error: unknown) => void) | undefined;
}

/** The caller who waits for a handshake, and what may end the wait: the signal, and the time limit for the peer. */
export class Waiter<Owner extends object> {
  readonly #owner: Owner;
  readonly #peerTimer: PeerTimer;
  #abortWatch: AbortWatch<Owner> | undefined;
  #resolve: ((value: never) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  /** @param late Called when the peer has taken longer than `peerTimeout` milliseconds; undefined for no limit. */
  constructor(owner: Owner, peerTimeout: number | undefined, late: (message: string) => void) {
    this.#owner = owner;
    this.#peerTimer = new PeerTimer(peerTimeout, late);
  }

  /** @param abort Must hold on to nothing that holds on to the owner. */
  watch(signal: AbortSignal, abort: (owner: Owner, signal: AbortSignal) => void): void {
    this.#abortWatch = new AbortWatch(signal, this.#owner, abort);
  }

  /** Somebody waits for a leg from here on. The peer has done its part. */
  waitForLeg(resolve: (value: never) => void, reject: (error: unknown) => void): void {
    this.#peerTimer.end();
    this.#begin(resolve, reject);
  }

  /** Waits for the peer; the signal, disposal and the time limit end the wait. */
  waitForPeer<T>(pending: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#begin(resolve, reject);
      this.expectPeer();
      pending.then(
        (value) => {
          this.end();
          resolve(value);
        },
        (error: unknown) => {
          this.end();
          reject(error);
        },
      );
    });
  }

  /** The peer's time begins. */
  expectPeer(): void {
    this.#peerTimer.begin();
  }

  /** Nobody is waiting any more. Returns the functions of the promise of whoever has waited. */
  end(): Waiting {
    // A leg that ends well was waited for as one.
    const ended = { resolve: this.#resolve as Waiting['resolve'], reject: this.#reject };
    this.#resolve = this.#reject = undefined;
    this.#abortWatch?.release();
    this.#peerTimer.end();
    return ended;
  }

  /** The handshake is over: the signal need not know of it any more. */
  detach(): void {
    this.#abortWatch?.end();
  }

  #begin(resolve: (value: never) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#abortWatch?.hold(this.#owner);
  }
}
