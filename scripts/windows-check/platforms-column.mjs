/**
 * The column for Windows in docs/platforms.md, generated from the reports in docs/seen.
 *
 *   node scripts/windows-check/platforms-column.mjs [--write]
 *
 * Without --write it only checks whether the page agrees with the reports, and exits with code 1 if it does not.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout } from '../lab/config.mjs';
import { readReport } from './report.mjs';
import { platformRows } from './platforms-rows.mjs';

/** @typedef {import('./report.mjs').Report} Report */

const header = 'Windows';
export const noReport = 'no report yet';
export const notExamined = 'not examined';

/**
 * What the reports say about one row.
 * @param {import('./platforms-rows.mjs').Row} row
 * @param {readonly Report[]} reports
 */
export function cellOf({ claims, architecture }, reports) {
  const relevant = reports.filter(({ machine }) => (architecture ?? machine.architecture) === machine.architecture);
  if (relevant.length === 0) return noReport;
  if (claims.length === 0) return notExamined;
  const newest = [...relevant].sort((a, b) => b.made.localeCompare(a.made));
  const good = newest.filter((report) => claims.every((id) => statusOf(report, id) === 'seen'));
  if (good.length > 0) return `seen: ${placesOf(good)}`;
  const found = claims.map((id) => statusOf(newest[0], id)).filter((status) => status !== 'seen');
  return `${found.includes('not seen') ? 'not seen' : 'not possible'}: ${placesOf(newest)}`;
}

const statusOf = ({ claims }, id) => claims.find((claim) => claim.id === id)?.status ?? 'not possible';

/** The newest report of each architecture: system, version of the package, date. */
function placesOf(reports) {
  const first = reports.filter(
    ({ machine }, i) => reports.findIndex((other) => other.machine.architecture === machine.architecture) === i,
  );
  return first
    .map(({ machine, package: { version }, made }) => {
      return `${machine.architecture}, ${machine.release}, ${version}, ${made.slice(0, 10)}`;
    })
    .join('; ');
}

/**
 * The text of the page with the column filled in.
 * @param {string} page
 * @param {readonly Report[]} reports
 */
export function withColumn(page, reports) {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\|.*\\| ${header} +\\|$`).test(line));
  if (start < 0) throw new Error(`docs/platforms.md has no table whose last column is ${header}`);
  const filled = new Set();
  for (let at = start + 2; lines[at]?.startsWith('|'); at++) {
    const cells = lines[at].split('|').map((cell) => cell.trim());
    const row = platformRows.find(({ title }) => title === cells[1]);
    if (row === undefined)
      throw new Error(`platforms-rows.mjs does not know the row “${cells[1]}” of docs/platforms.md`);
    cells[cells.length - 2] = cellOf(row, reports);
    lines[at] = cells.join(' | ').trim();
    filled.add(row);
  }
  const missing = platformRows.find((row) => !filled.has(row));
  if (missing !== undefined) throw new Error(`docs/platforms.md has no row “${missing.title}”`);
  return lines.join('\n');
}

/** The reports in a directory, all of which must come from Windows. @param {string} directory */
export function reportsIn(directory) {
  const names = fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
  return names.sort().map((name) => {
    const report = readReport(fs.readFileSync(path.join(directory, name), 'utf8'));
    if (report.machine.wine !== undefined)
      throw new Error(`${name} was made under Wine, which is no evidence for Windows`);
    return report;
  });
}

const pageFile = path.join(checkout, 'docs/platforms.md');
const seenDirectory = path.join(checkout, 'docs/seen');

/** Throws if the page does not say what the reports say. */
export function checkPlatformsColumn() {
  const page = fs.readFileSync(pageFile, 'utf8');
  const cells = (text) => text.replace(/ *\| */g, '|');
  if (cells(withColumn(page, reportsIn(seenDirectory))) === cells(page)) return;
  throw new Error(
    'docs/platforms.md does not agree with docs/seen: run node scripts/windows-check/platforms-column.mjs --write',
  );
}

async function writePlatformsColumn() {
  const { format, resolveConfig } = await import('prettier');
  const page = withColumn(fs.readFileSync(pageFile, 'utf8'), reportsIn(seenDirectory));
  const options = { ...(await resolveConfig(pageFile)), filepath: pageFile };
  fs.writeFileSync(pageFile, await format(page, options));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--write')) await writePlatformsColumn();
    else checkPlatformsColumn();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
