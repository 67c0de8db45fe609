/** Jest's suites: the portable one here, the native ones in each lane under each version of Node. */
import fs from 'node:fs';
import { capture } from '../common/shell.mjs';
import { Unavailable } from '../common/unavailable.mjs';
import { checkout } from '../lab/config.mjs';
import { installPeers } from '../lab/peers/index.mjs';
import { runNode, timeoutCode } from '../lab/programs.mjs';
import { limit } from './deadline.mjs';
import { interrupted } from './interruption.mjs';
import { countReport, jestRun, laneOf, testFiles, ticketsOf } from './jest.mjs';

/** Suites that need the addon, by their directory in test/. */
export const nativeSuites = ['native', 'contract', 'lifecycle', 'examples'];

/** Suites with third-party peers: they run on Linux and start Windows' node.exe themselves. Each file names its lane. */
export const interopSuites = ['interop'];

export const interopLanes = ['wine8', 'wine10'];

/** How long one run may take, in minutes. */
const limits = { unit: 8, contract: 3, simulation: 8, packaging: 10, native: 5, lifecycle: 5, examples: 5, interop: 8 };

/** Suites for the Node that runs this. */
export const portableSuites = ['unit', 'contract', 'simulation', 'packaging'];

/** One suite for every binding: what stands in for the addon is tried here, and the addon in each lane. */
const halves = { contract: { portable: 'contract/portable', native: 'contract/native' } };

export async function runPortable(tally, suite, pattern) {
  const directory = halves[suite]?.portable ?? suite;
  const files = matching(directory, pattern);
  if (files.length === 0) return tally.couldNotRun(suite, `no test files in dist-test/${directory}`);
  const start = performance.now();
  const { args, report } = jestRun(suite, files);
  const result = await capture(process.execPath, args, { cwd: checkout, timeout: limit(limits[suite]) });
  finish(tally, suite, countReport(report, result.code), start, `${result.stdout}\n${result.stderr}`);
}

/** Those files of a suite that belong to the lane. Each starts its peers itself. Inside the lane's `use`. */
export async function runInterop(tally, suite, lane, pattern) {
  const files = matching(suite, pattern).filter((file) => laneOf(file) === lane.name);
  if (files.length === 0 && pattern === undefined) {
    return tally.couldNotRun(`${lane.name}: ${suite}`, `no test files for it in dist-test/${suite}`);
  }
  await installPeers();
  for (const file of files) {
    if (interrupted()) return;
    const start = performance.now();
    const title = file.replace(/^dist-test\/|\.test\.js$/g, '');
    const { args, report } = jestRun(title, ['--runInBand', '--runTestsByPath', file]);
    const result = await capture(process.execPath, args, { cwd: checkout, timeout: limit(limits[suite]) });
    finish(tally, title, countReport(report, result.code), start, `${result.stdout}\n${result.stderr}`);
  }
}

/**
 * Each file in a process of its own: a crash is one file's failure, the counters of live handles start at zero, and no
 * file sees the tickets that another acquired.
 */
export async function runNative(tally, suite, lane, major, pattern) {
  const name = `${lane.name}, Node ${major}: ${suite}`;
  const directory = halves[suite]?.native ?? suite;
  const files = matching(directory, pattern);
  if (files.length === 0) return tally.couldNotRun(name, `no test files in dist-test/${directory}`);
  for (const file of files) {
    if (interrupted()) return;
    const start = performance.now();
    const title = `${lane.name}, Node ${major}: ${file.replace(/^dist-test\/|\.test\.js$/g, '')}`;
    const { args, report } = jestRun(title, ['--runInBand', '--runTestsByPath', file]);
    const log = report.replace(/json$/, 'log');
    const output = fs.openSync(log, 'w');
    try {
      const options = { cwd: checkout, stdio: ['ignore', output, output], tickets: ticketsOf(file) };
      const code = await runNode(lane, major, args, { ...options, timeout: limit(limits[suite]) });
      const late = code === timeoutCode ? 'It ran out of time.\n' : '';
      finish(tally, title, countReport(report, code), start, late + fs.readFileSync(log, 'utf8'));
    } catch (error) {
      if (error instanceof Unavailable) tally.couldNotRun(title, error.message);
      else finish(tally, title, { passed: 0, failed: 1, skipped: 0 }, start, String(error.stack));
    } finally {
      fs.closeSync(output);
    }
  }
}

function matching(directory, pattern) {
  return testFiles(directory).filter((file) => pattern === undefined || file.includes(pattern));
}

function finish(tally, name, counts, start, output) {
  tally.ran(name, counts, (performance.now() - start) / 1000);
  if (counts.failed > 0) console.log(indent(output));
}

const indent = (text) => text.trim().replace(/^/gm, '    ');
