/** Jest's runs, counted from its report and not from its output. */
import fs from 'node:fs';
import path from 'node:path';
import { checkout, labDir } from '../lab/config.mjs';

const script = path.join('node_modules', 'jest', 'bin', 'jest.js');

/**
 * The arguments for Node that run test files and write the outcome.
 * @param {string} name of the run
 * @param {readonly string[]} args for jest
 * @returns {{ args: string[], report: string }} `report` is absolute; the arguments are relative to the checkout, for a
 *   Windows program names the same file in another way
 */
export function jestRun(name, args) {
  const report = path.join(labDir, 'results', `${name.replace(/[^\w.-]+/g, '-')}.json`);
  fs.mkdirSync(path.dirname(report), { recursive: true });
  fs.rmSync(report, { force: true });
  const outputFile = path.relative(checkout, report);
  return { args: [script, '--json', '--outputFile', outputFile, ...args], report };
}

/**
 * @param {string} report
 * @param {number} exitCode of jest
 * @returns {{ passed: number, failed: number, skipped: number }} a run that ended badly has at least one failure
 */
export function countReport(report, exitCode) {
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(fs.readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: exitCode !== 0 ? Math.max(1, failed) : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** The compiled test files below a directory of dist-test/, relative to the checkout. */
export function testFiles(directory) {
  const root = path.join(checkout, 'dist-test', directory);
  if (!fs.existsSync(root)) return [];
  return fs
    .readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => path.posix.join('dist-test', directory, name.replaceAll('\\', '/')));
}

/**
 * Whose Kerberos tickets a test file wants: a line `@tickets none` (or a user of the lab) in its first comment.
 * @param {string} file
 */
export function ticketsOf(file) {
  return /@tickets\s+(\w+)/.exec(firstComment(file))?.[1] ?? 'alice';
}

/**
 * The lane that a test file with third-party peers wants: a line `@lane wine10` in its first comment.
 * @param {string} file
 */
export function laneOf(file) {
  return /@lane\s+(\w+)/.exec(firstComment(file))?.[1] ?? 'wine8';
}

function firstComment(file) {
  const text = fs.readFileSync(path.join(checkout, file), 'utf8');
  return /\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
}
