import type { Decoded, DecodedFragment } from '../inspect';
import type { CauseName } from '../errors/catalogue/causes';
import type { Role } from '../flags/sides';
import type { SspiApi, SspiErrorCode } from '../errors/codes';

/** The call that failed. */
export interface ExplainedCall {
  /** Undefined for errors of use: no call of SSPI stands behind them. */
  readonly api?: SspiApi;
  /** The leg's index, from 0. */
  readonly leg?: number;
  /** SSPI's status as an unsigned 32-bit number. */
  readonly status?: number;
}

/** What is known around the failure. A field that is not there is not known. */
export interface ExplainedFacts {
  readonly role?: Role;
  /** The package of the credentials. */
  readonly package?: string;
  /** The package that was in use: from the context, or from what the tokens are. */
  readonly mechanism?: string;
  readonly target?: string;
  /** Whom outbound credentials are for: `'the current user'` without an explicit identity. */
  readonly account?: string;
  readonly clientName?: string;
  readonly serverName?: string;
  /** What was asked for, by name. */
  readonly requestedFlags?: readonly string[];
  /** What was granted; before the end of a handshake only what the last leg reported. */
  readonly grantedFlags?: readonly string[];
  /** What `require` wanted and was not granted. */
  readonly missing?: readonly string[];
  /** This side's channel bindings: the name of their type, or `'none'`. */
  readonly channelBindings?: string;
  /** Wine's version, where this is not Windows. */
  readonly wine?: string;
}

/** A token of the exchange, oldest first. */
export interface ExplainedToken {
  /** This side's leg that took or made it. */
  readonly leg: number;
  readonly direction: 'received' | 'sent';
  /** In bytes. */
  readonly length: number;
  /** What it is, in one line. */
  readonly summary: string;
  /** The token as `sspi/inspect` decodes it, with secrets masked; what could be read of it when it is damaged. */
  readonly token?: Decoded | DecodedFragment;
  /** Why it could not be decoded, where it could not. */
  readonly problem?: string;
}

/**
 * How sure a cause is. `certain`: the evidence says so itself. `likely`: the usual reason for what was seen.
 * `possible`: it would look the same.
 */
export type Likelihood = 'certain' | 'likely' | 'possible';

/** Something that may have caused the failure. */
export interface LikelyCause {
  /** Its name, for programs. */
  readonly cause: CauseName;
  readonly likelihood: Likelihood;
  /** The cause in a sentence. */
  readonly summary: string;
  /** What speaks for it. */
  readonly because: readonly string[];
  /** What to check or to do, in order. */
  readonly check: readonly string[];
}

/** Why a call failed, from {@link SspiError.explain}. All of it is plain data; `toString()` makes a readable text of it. */
export interface Explanation {
  readonly code: SspiErrorCode;
  readonly message: string;
  readonly call: ExplainedCall;
  readonly facts: ExplainedFacts;
  /** The likely causes, the likeliest first. There is always one. */
  readonly causes: readonly LikelyCause[];
  /** The last tokens of both sides, oldest first. */
  readonly exchange: readonly ExplainedToken[];
  toString(): string;
}
