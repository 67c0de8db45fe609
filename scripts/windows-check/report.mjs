/** windows-check.json: what a run found. */

/** Of the file's form: another one is not read. */
const format = 1;
const statuses = ['seen', 'not seen', 'not possible'];

/**
 * @typedef {{ number: number, id: string, title: string, seconds: number } & import('./claim.mjs').Outcome} ClaimReport
 * @typedef {{
 *   format: 1,
 *   made: string,
 *   package: { version: string, commit?: string },
 *   binary?: { bytes: number, sha256: string },
 *   machine: Omit<import('./machine.mjs').Machine, 'binaryFile' | 'kerberosTarget'> & { domain: boolean },
 *   account: string,
 *   claims: ClaimReport[],
 *   summary: Record<string, number>,
 *   leftToDo?: string,
 * }} Report `made` in ISO 8601; `leftToDo` where something could not be removed
 */

/**
 * @param {{
 *   made: Date,
 *   package: Report['package'],
 *   binary: Report['binary'],
 *   machine: import('./machine.mjs').Machine,
 *   account: string,
 *   claims: ClaimReport[],
 *   leftToDo: string | undefined,
 * }} run
 * @param {(text: string) => string} scrub for all that a claim or the system says
 * @returns {Report}
 */
export function makeReport(run, scrub) {
  const { system, release, wine, architecture, node, processors, memory, administrator, kerberosTarget } = run.machine;
  const count = (status) => run.claims.filter((claim) => claim.status === status).length;
  return {
    format,
    made: run.made.toISOString(),
    package: run.package,
    ...(run.binary && { binary: run.binary }),
    machine: {
      ...{ system, release, ...(wine !== undefined && { wine }), architecture, node },
      ...{ processors, memory, administrator, domain: kerberosTarget !== undefined },
    },
    account: scrub(run.account),
    claims: run.claims.map((claim) => ({ ...claim, detail: scrub(claim.detail) })),
    summary: Object.fromEntries(statuses.map((status) => [status, count(status)])),
    ...(run.leftToDo && { leftToDo: scrub(run.leftToDo) }),
  };
}

/** @param {Report} report */
export const reportText = (report) => `${JSON.stringify(report, null, 2)}\n`;

/**
 * Reads what `reportText` wrote, perhaps another version of it, on another machine.
 * @param {string} text
 * @returns {Report}
 */
export function readReport(text) {
  const report = JSON.parse(text);
  const problems = [
    report?.format !== format && `its format is not ${format}`,
    Number.isNaN(Date.parse(report?.made)) && 'it has no date',
    typeof report?.package?.version !== 'string' && 'it has no version of the package',
    typeof report?.machine?.architecture !== 'string' && 'it has no machine',
    !Array.isArray(report?.claims) && 'it has no claims',
  ].filter(Boolean);
  if (problems.length > 0) throw new Error(`This is no report of windows-check: ${problems.join(', ')}.`);
  for (const { id, status } of report.claims)
    if (!statuses.includes(status)) throw new Error(`The claim ${id} has the status ${status}.`);
  return report;
}
