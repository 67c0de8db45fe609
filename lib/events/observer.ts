import type { Evidence } from '../errors/evidence';
import type { LegOutcome } from './outcome';
import type { ObservedHandshake } from './observed-handshake';
import type { SspiApi } from '../errors/codes';

/** A leg that has ended, for this package's own use: it has the tokens. */
export interface EndedLeg {
  readonly handshake: ObservedHandshake;
  readonly index: number;
  /** False where the handshake failed between two legs: no call was being made. */
  readonly begun: boolean;
  readonly outcome: LegOutcome;
  /** The function that the status is from. */
  readonly call: SspiApi;
  /** Undefined where no call returned one: for an abort, a time limit, a refused token, a fault of the binding. */
  readonly status: number | undefined;
  /** Everything that SSPI was given of the peer's, bytes kept from an incomplete leg included. */
  readonly received: Buffer | undefined;
  /** What the peer is to be sent. */
  readonly sent: Buffer | undefined;
  /** Milliseconds from its input to its end; undefined where nobody was watching when it began. */
  readonly duration: number | undefined;
  /** The same for all legs together, the waiting for the peer included. */
  readonly total: number | undefined;
  /** What a failed handshake rejects with: an SspiError, or whatever the caller's own code threw. */
  readonly error?: unknown;
  /** Of an established handshake: what an error would be explained by, with what was negotiated and granted. */
  readonly evidence?: Evidence;
  /** When an established context expires, in milliseconds since 1970 UTC; undefined where it never does. */
  readonly expiry?: number | undefined;
}

/** The end of a handshake's use. */
export interface Disposal {
  readonly handshake: ObservedHandshake;
  readonly established: boolean;
  /** Milliseconds that the context was established; undefined without one. */
  readonly lifetime: number | undefined;
}

/** Sees each leg of a handshake as it ends. */
export interface HandshakeObserver {
  /** False where nobody looks: then nothing is measured, described or called. */
  readonly watching: boolean;
  legEnded(leg: EndedLeg): void;
  disposed(disposal: Disposal): void;
}

/** Calls an observer. What it throws changes nothing here: as with Node's own channels it becomes an uncaught exception. */
export function notify<T>(observe: (told: T) => void, told: T): void {
  try {
    observe(told);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/** Tells an observer that an established context was disposed of, when it is called. Holds on to nothing of the handshake's but its name. */
export function disposalNotice(observer: HandshakeObserver, handshake: ObservedHandshake): () => void {
  const begin = performance.now();
  return () => {
    if (!observer.watching) return;
    const disposal = { handshake, established: true, lifetime: performance.now() - begin };
    notify((told: Disposal) => observer.disposed(told), disposal);
  };
}

/** Both, in their order. */
export function bothObservers(first: HandshakeObserver, second: HandshakeObserver): HandshakeObserver {
  return {
    get watching() {
      return first.watching || second.watching;
    },
    legEnded(leg) {
      if (first.watching) first.legEnded(leg);
      if (second.watching) second.legEnded(leg);
    },
    disposed(disposal) {
      if (first.watching) first.disposed(disposal);
      if (second.watching) second.disposed(disposal);
    },
  };
}
