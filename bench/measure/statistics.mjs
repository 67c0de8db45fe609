/** @param {readonly number[]} values */
export const median = (values) => percentile(values, 50);

/**
 * The value that `share` percent of `values` do not exceed; between two of them where it falls between.
 * @param {readonly number[]} values
 * @param {number} share 0 to 100
 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * share) / 100;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}
