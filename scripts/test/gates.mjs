/** Checks of the source and of what would ship. Each counts as one test, unless it counts its own. */
import fs from 'node:fs';
import path from 'node:path';
import { capture } from '../common/shell.mjs';
import { Unavailable } from '../common/unavailable.mjs';
import { checkout } from '../lab/config.mjs';
import { checkLayers } from '../check-layers.mjs';
import { checkNative } from '../check-native.mjs';
import { checkSanitizers } from '../check-sanitizers.mjs';
import { checkWorkflows } from '../check-workflows.mjs';
import { prebuild } from '../prebuild-win32.mjs';
import { checkPlatformsColumn } from '../windows-check/platforms-column.mjs';
import { limit } from './deadline.mjs';
import { interopSuites, nativeSuites, portableSuites } from './suites.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, output: string }} Outcome
 * @typedef {{ name: string, work(): Promise<Outcome | void>, neededBy?: readonly string[] }} Gate
 * `work` throws what is wrong, or `Unavailable`; one that runs tests gives what came of them. `neededBy` names the parts
 * that would test something old without it.
 */

/** @type {Gate[]} */
export const gates = [
  { name: 'build and type check', work: build, neededBy: [...portableSuites, ...nativeSuites, ...interopSuites] },
  { name: 'eslint', work: eslint },
  { name: 'prettier', work: () => node(binary('prettier'), '--check', '.') },
  { name: 'layers and import cycles', work: checkLayers },
  { name: 'package manifest (publint)', work: () => node(binary('publint'), '--strict') },
  {
    name: 'package types (attw)',
    work: () => node(binary('@arethetypeswrong/cli', 'attw'), '--pack', '.', '--profile', 'node16'),
  },
  { name: 'native code (clang-format, clang-tidy, all warnings)', work: checkNative },
  { name: 'hosted workflows (actionlint)', work: checkWorkflows },
  { name: 'the column for Windows in docs/platforms.md', work: async () => checkPlatformsColumn() },
  { name: 'native code under sanitizers', work: () => checkSanitizers() },
];

/** On Windows the binary comes from node-gyp and MSVC instead. */
if (process.platform !== 'win32') {
  gates.push(
    {
      name: 'win32-x64 binary',
      work: () => prebuild(['x64']),
      neededBy: ['packaging', ...nativeSuites, ...interopSuites],
    },
    { name: 'win32-ia32 binary', work: () => prebuild(['ia32']) },
  );
}

async function build() {
  await node(npmCli(), 'run', '--silent', 'build');
}

async function eslint() {
  if (!fs.readdirSync(checkout).some((name) => name.startsWith('eslint.config.'))) {
    throw new Unavailable('no eslint.config file');
  }
  await node(binary('eslint'), '.');
}

async function node(...args) {
  const { code, stdout, stderr } = await capture(process.execPath, args, { cwd: checkout, timeout: limit(5) });
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`.trim() || `exit code ${code}`);
}

/** The script behind a package's command, which runs on every platform without a shell. */
function binary(packageName, command = packageName) {
  const directory = path.join(checkout, 'node_modules', packageName);
  const { bin } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return path.join(directory, typeof bin === 'string' ? bin : bin[command]);
}

function npmCli() {
  if (process.env.npm_execpath) return process.env.npm_execpath;
  throw new Unavailable('npm is not running this: use npm test');
}
