/** The whole run has an end, so that a hung suite shows up as a failure and not as a run that never finishes. */
const minute = 60_000;
const end = performance.now() + 80 * minute;

/** The milliseconds that a suite may take: its own limit, or what is left of the whole run. */
export function limit(minutes) {
  return Math.max(1, Math.min(minutes * minute, end - performance.now()));
}
