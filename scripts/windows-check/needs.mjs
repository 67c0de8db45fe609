/** Why a claim cannot be examined on this machine. */

/** @type {Record<import('./claim.mjs').Need, (surroundings: import('./claim.mjs').Surroundings & { why: string }) => string | undefined>} */
const reasons = {
  account: ({ identity, why }) => (identity === undefined ? why : undefined),
  kerberos: ({ machine }) =>
    machine.kerberosTarget === undefined ? 'no domain: the current user is none of a domain’s' : undefined,
};

/**
 * @param {import('./claim.mjs').Claim} claim
 * @param {import('./claim.mjs').Surroundings & { why: string }} surroundings `why` there is no account
 */
export function unmet({ needs = [] }, surroundings) {
  return needs.map((need) => reasons[need](surroundings)).find((reason) => reason !== undefined);
}
