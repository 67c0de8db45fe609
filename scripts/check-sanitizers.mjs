#!/usr/bin/env node
/**
 * The tests of test/sanitizers/: native code on a stand-in for Windows, under AddressSanitizer, UndefinedBehaviorSanitizer
 * and ThreadSanitizer, and fuzzed.
 *
 *   node scripts/check-sanitizers.mjs [--fuzz SECONDS] [PART-OF-A-TEST'S-NAME...]
 *
 * With --fuzz, each fuzzer continues its earlier runs, for that long.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePackages } from './common/apt.mjs';
import { note, step } from './common/progress.mjs';
import { capture, run } from './common/shell.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, packages } from './lab/config.mjs';
import { machine } from './lab/roots.mjs';

const sources = path.join(checkout, 'test/sanitizers');
const output = path.join(checkout, 'build/sanitizers');
const compiler = 'clang++-19';
const tests = ['rules', 'threads-asan', 'threads-tsan', 'runtime-asan', 'runtime-tsan'];
const fuzzers = ['fuzz-messages', 'fuzz-legs'];

const minute = 60_000;
/** What a fuzzer does when no time is given: the same inputs each time, unless the machine is very slow. */
const shortRun = { 'fuzz-messages': 200_000, 'fuzz-legs': 40_000 };
const longestShortRun = 20;

/** @typedef {{ passed: number, failed: number, skipped: number, output: string }} Outcome */

/**
 * Builds and runs everything.
 * @param {{ fuzz?: number, names?: readonly string[], report?: (text: string) => void }} [options] `fuzz` in seconds;
 *   `names` chooses tests; `report` gets each program's lines as it ends
 * @returns {Promise<Outcome>} `output` holds the lines of what did not pass
 */
export async function checkSanitizers({ fuzz, names = [], report = () => {} } = {}) {
  await ensureCompiler();
  await step('building the native code with sanitizers', build);
  const programs = [...tests, ...(names.length === 0 ? fuzzers : [])];
  const total = { passed: 0, failed: 0, skipped: 0, output: '' };
  for (const program of programs) {
    const outcome = fuzzers.includes(program) ? await runFuzzer(program, fuzz) : await runTests(program, names);
    report(outcome.lines.map((line) => `${program}: ${line}\n`).join(''));
    for (const key of ['passed', 'failed', 'skipped']) total[key] += outcome[key];
    const bad = outcome.failed + outcome.skipped === 0 ? [] : outcome.lines.filter((line) => !line.startsWith('ok '));
    total.output += bad.map((line) => `${program}: ${line}\n`).join('');
  }
  return total;
}

/** The compiler and its sanitizers' libraries: a program that links shows both. */
async function ensureCompiler() {
  if (process.platform !== 'linux') throw new Unavailable('the sanitizers run on Linux');
  if (await compiles()) return;
  await ensurePackages('the sanitizers', packages.sanitizers, machine);
  if (!(await compiles())) throw new Unavailable(`${compiler} cannot build with sanitizers on this machine`);
}

async function compiles() {
  const args = ['-x', 'c++', '-fsanitize=address,undefined', '-o', '/dev/null', '-'];
  const { code } = await capture(compiler, args, { input: 'int main() {}\n', timeout: minute });
  return code === 0 && (await capture('make', ['--version'])).code === 0;
}

async function build() {
  const args = ['-n', '5', 'make', '--silent', '-C', sources, '-j', `${os.availableParallelism()}`];
  await run('nice', args, { timeout: 10 * minute });
}

async function runTests(program, names) {
  const { code, text } = await runSanitized(program, names);
  // On kernels whose memory layout ThreadSanitizer does not know, it cannot start at all.
  const refusal = /FATAL: ThreadSanitizer: .*memory (mapping|layout).*/.exec(text)?.[0];
  if (refusal) return { passed: 0, failed: 0, skipped: 1, lines: [`SKIPPED ${refusal}`] };
  const [total, ...counts] = /^(\d+) passed, (\d+) failed.*/m.exec(text) ?? [];
  const lines = text.split('\n').filter((line) => line !== '' && line !== total);
  const [passed, failed] = counts.map(Number);
  // A sanitizer ends the program at its first finding, after whatever tests had passed.
  if (total === undefined || (code !== 0 && failed === 0 && passed > 0)) {
    return { passed: lines.filter((line) => line.startsWith('ok ')).length, failed: 1, skipped: 0, lines };
  }
  return { passed, failed, skipped: 0, lines };
}

async function runFuzzer(program, seconds) {
  const corpus = path.join(output, `corpus-${program}`);
  if (seconds !== undefined) fs.mkdirSync(corpus, { recursive: true });
  const { code, text } = await runSanitized(
    program,
    [
      '-verbosity=0',
      '-print_final_stats=1',
      '-max_len=512',
      `-artifact_prefix=${output}/${program}-`,
      ...(seconds === undefined
        ? ['-seed=1', `-runs=${shortRun[program]}`, `-max_total_time=${longestShortRun}`]
        : [`-max_total_time=${seconds}`, corpus]),
    ],
    ((seconds ?? longestShortRun) + 60) * 1000,
  );
  const inputs = Number(/number_of_executed_units:\s+(\d+)/.exec(text)?.[1] ?? 0);
  const good = code === 0 && inputs > 0;
  const lines = good ? [`ok     ${inputs} inputs`] : [`FAILED after ${inputs} inputs`, ...text.split('\n')];
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, lines };
}

async function runSanitized(program, args, timeout = 3 * minute) {
  // binutils' own tool reads the places of findings as well as llvm-symbolizer, which is a package of 100 MB
  const common = `external_symbolizer_path=${await findProgram('addr2line')}`;
  const env = {
    ...process.env,
    ASAN_OPTIONS: `${common}:check_initialization_order=1:strict_init_order=1`,
    UBSAN_OPTIONS: `${common}:print_stacktrace=1`,
    TSAN_OPTIONS: `${common}:halt_on_error=1:second_deadlock_stack=1`,
  };
  const { code, stdout, stderr } = await capture('nice', ['-n', '5', path.join(output, program), ...args], {
    cwd: sources,
    env,
    timeout,
  });
  return { code, text: `${stdout}\n${stderr}` };
}

async function findProgram(name) {
  const { stdout } = await capture('sh', ['-c', `command -v ${name}`]);
  return stdout.trim();
}

async function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { fuzz: { type: 'string' } },
    allowPositionals: true,
  });
  const fuzz = values.fuzz === undefined ? undefined : Number(values.fuzz);
  const outcome = await checkSanitizers({ fuzz, names: positionals, report: (text) => process.stdout.write(text) });
  console.log(`\n${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`);
  return outcome.failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    note(error instanceof Unavailable ? `UNAVAILABLE: ${error.message}` : error.message);
    process.exitCode = error.exitCode ?? exitCodes.failed;
  }
}
