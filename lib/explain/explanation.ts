import type { Decoded, DecodedFragment } from '../inspect';
import type { CauseName } from '../errors/catalogue/causes';
import type { Role } from '../flags/sides';
import type { SspiApi, SspiErrorCode } from '../errors/codes';

/** The call that failed. */
export interface ExplainedCall {
  /** Undefined for usage errors, which are not from a call of SSPI. */
  readonly api?: SspiApi;
  /** The leg's index, from 0. */
  readonly leg?: number;
  /** SSPI's status as an unsigned 32-bit number. */
  readonly status?: number;
}

/** What is known about the failure. A field that is missing is not known. */
export interface ExplainedFacts {
  readonly role?: Role;
  /** The package of the credentials. */
  readonly package?: string;
  /** The package that was in use, according to the context or the tokens. */
  readonly mechanism?: string;
  readonly target?: string;
  /** The account of outbound credentials: `'the current user'` without an explicit identity. */
  readonly account?: string;
  readonly clientName?: string;
  readonly serverName?: string;
  /** What was requested, by name. */
  readonly requestedFlags?: readonly string[];
  /** What was granted; before the end of a handshake, what the last leg reported. */
  readonly grantedFlags?: readonly string[];
  /** What `require` needed and was not granted. */
  readonly missing?: readonly string[];
  /** This side's channel bindings: the name of their type, or `'none'`. */
  readonly channelBindings?: string;
  /** Wine's version, if this is not Windows. */
  readonly wine?: string;
}

/** A token of the exchange, oldest first. */
export interface ExplainedToken {
  /** The leg of this side that received or made it. */
  readonly leg: number;
  readonly direction: 'received' | 'sent';
  /** In bytes. */
  readonly length: number;
  /** What it is, in one line. */
  readonly summary: string;
  /** The token as `sspi/inspect` decodes it, with secrets masked; if it is damaged, what could be read. */
  readonly token?: Decoded | DecodedFragment;
  /** Why it could not be decoded, if it could not. */
  readonly problem?: string;
}

/**
 * How certain a cause is. `certain`: the evidence itself says so. `likely`: it is the usual reason. `possible`: it would look
 * the same.
 */
export type Likelihood = 'certain' | 'likely' | 'possible';

/** Something that may have caused the failure. */
export interface LikelyCause {
  /** Its name, for programs. */
  readonly cause: CauseName;
  readonly likelihood: Likelihood;
  /** The cause in a sentence. */
  readonly summary: string;
  /** The evidence for it. */
  readonly because: readonly string[];
  /** What to check or to do, in order. */
  readonly check: readonly string[];
}

/** Why a call failed, from {@link SspiError.explain}. It is plain data; `toString()` returns a readable text. */
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
