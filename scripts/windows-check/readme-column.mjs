/**
 * README's column of what was seen on Windows, from the reports in docs/seen.
 *
 *   node scripts/windows-check/readme-column.mjs [--write]
 *
 * Without --write it only says whether README fits the reports: exit code 1 where it does not.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout } from '../lab/config.mjs';
import { readReport } from './report.mjs';
import { readmeRows } from './readme-rows.mjs';

/** @typedef {import('./report.mjs').Report} Report */

const header = 'Windows';
export const noReport = 'no report yet';
export const notExamined = 'not examined';

/**
 * What the reports say of one row.
 * @param {import('./readme-rows.mjs').Row} row
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
 * The text of README with the column filled in.
 * @param {string} readme
 * @param {readonly Report[]} reports
 */
export function withColumn(readme, reports) {
  const lines = readme.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\|.*\\| ${header} +\\|$`).test(line));
  if (start < 0) throw new Error(`README has no table whose last column is ${header}`);
  const filled = new Set();
  for (let at = start + 2; lines[at]?.startsWith('|'); at++) {
    const cells = lines[at].split('|').map((cell) => cell.trim());
    const row = readmeRows.find(({ title }) => title === cells[1]);
    if (row === undefined) throw new Error(`readme-rows.mjs does not know README's row “${cells[1]}”`);
    cells[cells.length - 2] = cellOf(row, reports);
    lines[at] = cells.join(' | ').trim();
    filled.add(row);
  }
  const missing = readmeRows.find((row) => !filled.has(row));
  if (missing !== undefined) throw new Error(`README has no row “${missing.title}”`);
  return lines.join('\n');
}

/** The reports in a directory, which have to be Windows' own. @param {string} directory */
export function reportsIn(directory) {
  const names = fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
  return names.sort().map((name) => {
    const report = readReport(fs.readFileSync(path.join(directory, name), 'utf8'));
    if (report.machine.wine !== undefined)
      throw new Error(`${name} is of Wine, and README claims nothing of Windows by it`);
    return report;
  });
}

const readmeFile = path.join(checkout, 'README.md');
const seenDirectory = path.join(checkout, 'docs/seen');

/** Throws where README does not say what the reports say. */
export function checkReadmeColumn() {
  const readme = fs.readFileSync(readmeFile, 'utf8');
  const cells = (text) => text.replace(/ *\| */g, '|');
  if (cells(withColumn(readme, reportsIn(seenDirectory))) === cells(readme)) return;
  throw new Error('README does not fit docs/seen: run node scripts/windows-check/readme-column.mjs --write');
}

async function writeReadmeColumn() {
  const { format, resolveConfig } = await import('prettier');
  const readme = withColumn(fs.readFileSync(readmeFile, 'utf8'), reportsIn(seenDirectory));
  const options = { ...(await resolveConfig(readmeFile)), filepath: readmeFile };
  fs.writeFileSync(readmeFile, await format(readme, options));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--write')) await writeReadmeColumn();
    else checkReadmeColumn();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
