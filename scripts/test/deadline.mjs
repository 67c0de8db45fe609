/** The whole run has a time limit, so that a suite that hangs is reported as a failure. */
const minute = 60_000;
const end = performance.now() + 80 * minute;

/** The milliseconds that a suite may take: its own limit, or what is left of the whole run. */
export function limit(minutes) {
  return Math.max(1, Math.min(minutes * minute, end - performance.now()));
}
