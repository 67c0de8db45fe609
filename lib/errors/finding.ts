import type { CauseName, Check } from './catalogue/causes';

/**
 * The grounds of a finding.
 *
 * - `said`: a status or a message of the peer names the reason. It is passed on, whatever the other evidence says.
 * - `seen`: the bytes, the options or the clock show it.
 * - `usual`: it is the usual reason for such a failure. It is never certain, and is not listed together with something that is.
 */
export type Ground = 'said' | 'seen' | 'usual';

/** What a rule found: a cause, the weight of the evidence for it (0 to 100), and the evidence. */
export interface Finding {
  readonly cause: CauseName;
  readonly ground: Ground;
  readonly weight: number;
  readonly because?: readonly string[];
  /** Used instead of those of the catalogue. */
  readonly check?: readonly Check[];
}
