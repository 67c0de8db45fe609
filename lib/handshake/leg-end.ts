import type { Evidence } from '../errors/evidence';
import type { SecurityContext } from '../context/security-context';
import type { SspiApi } from '../errors/codes';

/** SSPI needs a token of the peer, or, with `incomplete`, more bytes of the same message. */
interface ContinuedLeg {
  readonly outcome: 'continue' | 'incomplete';
  readonly status: number;
  readonly token: Buffer | undefined;
}

interface EstablishedLeg {
  readonly outcome: 'established';
  readonly status: number;
  readonly token: Buffer | undefined;
  readonly context: SecurityContext;
  /** Created only for observers. */
  readonly evidence: () => Evidence;
  readonly expiry: number | undefined;
}

export interface FailedLeg {
  readonly outcome: 'failed';
  readonly error: unknown;
  /** The function that failed, and its status; undefined if no call failed. */
  readonly call?: { readonly api: SspiApi; readonly status: number };
  readonly token?: Buffer | undefined;
}

/** How a leg ends. */
export type LegEnd = ContinuedLeg | EstablishedLeg | FailedLeg;
