import type { CauseName, Check } from './catalogue/causes';

/**
 * What a finding rests on.
 *
 * - `said`: a status, or a message of the peer, names the reason itself. What is said is passed on, whatever else is seen.
 * - `seen`: the bytes, the options or the clock show it.
 * - `usual`: it is what such a failure usually comes from. It is never certain, and is not offered beside what is.
 */
export type Ground = 'said' | 'seen' | 'usual';

/** What a rule found: a cause, how much speaks for it (0 to 100), and what it saw. */
export interface Finding {
  readonly cause: CauseName;
  readonly ground: Ground;
  readonly weight: number;
  readonly because?: readonly string[];
  /** In the place of the catalogue's own. */
  readonly check?: readonly Check[];
}
