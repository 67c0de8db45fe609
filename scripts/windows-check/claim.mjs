/** What a claim is, and its possible results. */

/**
 * @typedef {'account' | 'kerberos'} Need what a claim cannot be examined without; see needs.mjs
 *
 * @typedef {{
 *   id: string,
 *   title: string,
 *   needs?: readonly Need[],
 *   seconds?: number,
 *   fresh?: boolean,
 *   check(surroundings: Surroundings): Promise<Finding | string>,
 * }} Claim
 * `check` runs in a process beside that of the run and says what was seen; what it throws is what happened instead.
 * `seconds` is how long it may take; `fresh` wants a process in which nothing has happened yet.
 *
 * @typedef {{ detail: string, figures?: object }} Finding `detail` is one line for a person
 *
 * @typedef {{ machine: import('./machine.mjs').Machine, identity?: import('sspi').Identity }} Surroundings `identity` is
 * the account that may log on to this machine, where there is one
 *
 * @typedef {'seen' | 'not seen' | 'not possible'} Status
 * @typedef {{ status: Status, detail: string, figures?: object }} Outcome
 */

/** How long a claim may take unless it says otherwise, in seconds. */
export const usualSeconds = 60;

/** Ends a check: what the title says was not seen, but something else. */
export class NotSeen extends Error {}

/** @param {unknown} condition @param {string} otherwise */
export function expectSeen(condition, otherwise) {
  if (!condition) throw new NotSeen(otherwise);
}
