import type { Evidence } from '../errors/evidence';
import type { LegOutcome } from './outcome';
import type { ObservedHandshake } from './observed-handshake';
import type { SspiApi } from '../errors/codes';

/** A finished leg, for internal use: it includes the tokens. */
export interface EndedLeg {
  readonly handshake: ObservedHandshake;
  readonly index: number;
  /** False if the handshake failed between two legs, without a call. */
  readonly begun: boolean;
  readonly outcome: LegOutcome;
  /** The function that returned the status. */
  readonly call: SspiApi;
  /** Undefined if no call returned one: after an abort, a time limit, a refused token, an error of the binding. */
  readonly status: number | undefined;
  /** All bytes of the peer that were passed to SSPI, including those kept from an incomplete leg. */
  readonly received: Buffer | undefined;
  /** What has to be sent to the peer. */
  readonly sent: Buffer | undefined;
  /** Milliseconds from its input to its end; undefined if nobody was observing when it started. */
  readonly duration: number | undefined;
  /** The same for all legs together, including the time spent waiting for the peer. */
  readonly total: number | undefined;
  /** The error of a failed handshake: an SspiError, or whatever the caller's own code threw. */
  readonly error?: unknown;
  /** For an established handshake: the evidence that an error would have, with what was negotiated and granted. */
  readonly evidence?: Evidence;
  /** When an established context expires, in milliseconds since 1970 UTC; undefined if it never does. */
  readonly expiry?: number | undefined;
}

/** The disposal of a handshake. */
export interface Disposal {
  readonly handshake: ObservedHandshake;
  readonly established: boolean;
  /** How long the context was established, in milliseconds; undefined without one. */
  readonly lifetime: number | undefined;
}

/** Is called with each leg of a handshake when it ends. */
export interface HandshakeObserver {
  /** False if there are no observers: then nothing is measured, described or called. */
  readonly watching: boolean;
  legEnded(leg: EndedLeg): void;
  disposed(disposal: Disposal): void;
}

/** Calls an observer. If it throws, nothing changes here: as with Node's own channels, that becomes an uncaught exception. */
export function notify<T>(observe: (told: T) => void, told: T): void {
  try {
    observe(told);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/**
 * Tells an observer, when called, that an established context was disposed of. It references nothing of the handshake except
 * its description.
 */
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
