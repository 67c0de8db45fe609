#!/usr/bin/env node
/**
 * Runs clang-format on all C++, clang-tidy on native/ as in a Windows build, and clang with all of its warnings on native/, for
 * each architecture that is built. Findings are errors.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './common/apt.mjs';
import { note } from './common/progress.mjs';
import { capture, run } from './common/shell.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, packages } from './lab/config.mjs';
import { machine } from './lab/roots.mjs';

/** Another release would format differently and report other findings. */
const release = 19;

/** By clang's name: what is 64 bits wide on one is 32 on another. */
const architectures = ['x86_64', 'i686', 'aarch64'];

/** Warnings of clang that are not errors, each with its reason. All others are, including shadowing (C4457). */
const notWarnings = [
  'c++98-compat', // C++17 is what it is written in
  'c++98-compat-pedantic',
  'switch-default', // covered-switch-default wants the opposite of an enumeration that is switched over in full
  'padded', // the layout of a class is the compiler's
  'unsafe-buffer-usage', // SSPI's structures are pointers with lengths, and C++17 has no span
  'weak-vtables', // a few vtables more cost nothing in a binary of this size
  'missing-prototypes', // the entry points that NODE_API_MODULE makes; clang-tidy checks the linkage of our own functions
  'extra-semi-stmt', // macros of node-addon-api and of Windows that end in a semicolon themselves
];

/** GCC's runtime as one file says it: no other compiler builds it. */
const onlyForGcc = 'native/mingw_runtime.cc';

export async function checkNative() {
  const [format, tidy, compiler] = await tools();
  const files = sourcesBelow('native');
  const units = files.filter((name) => name.endsWith('.cc'));
  const flags = await compilerFlags();
  const options = { cwd: checkout, timeout: 300_000 };
  const jobs = [
    () => run(format, ['--dry-run', '-Werror', ...files, ...sourcesBelow('test/sanitizers')], options),
    ...units.map((unit) => () => {
      const compilation = ['--', targetFlag('x86_64'), ...flags];
      return run(tidy, ['--quiet', '--warnings-as-errors=*', unit, ...compilation], options);
    }),
    ...architectures.flatMap((architecture) =>
      units
        .filter((unit) => unit !== onlyForGcc)
        .map((unit) => () => warn(compiler, architecture, unit, flags, options)),
    ),
  ];
  await allOf(jobs);
}

const targetFlag = (architecture) => `--target=${architecture}-w64-windows-gnu`;

/** One file, with every warning. */
async function warn(compiler, architecture, unit, flags, options) {
  const warnings = ['-Weverything', '-Werror', ...notWarnings.map((name) => `-Wno-${name}`)];
  // Debian has no MinGW-w64 for ARM64, but Windows' headers are the same for all, and the C++ library's of x64 will do.
  const headers = architecture === 'aarch64' ? await headersOfX64() : [];
  await run(compiler, [targetFlag(architecture), '-fsyntax-only', ...warnings, ...headers, ...flags, unit], options);
}

async function headersOfX64() {
  const gcc = 'x86_64-w64-mingw32-g++-posix';
  const library = (await run(gcc, ['-print-file-name=include/c++'])).trim();
  const directories = [library, `${library}/x86_64-w64-mingw32`, '/usr/share/mingw-w64/include'];
  return directories.flatMap((directory) => ['-isystem', directory]);
}

async function tools() {
  const names = ['clang-format', 'clang-tidy', 'clang++'].map((name) => `${name}-${release}`);
  const found = await Promise.all(names.map((name) => capture(name, ['--version'])));
  if (found.every(({ code }) => code === 0)) return names;
  if (process.platform !== 'linux') throw new Unavailable(`${names.join(' and ')} are not installed`);
  await ensurePackages(
    'the checks of native code',
    [...packages.mingw, ...packages.clang, ...packages.sanitizers],
    machine,
  );
  return names;
}

/** The defines that binding.gyp gives, so that clang sees the code that is built. */
async function compilerFlags() {
  const read = 'import ast, json, sys; print(json.dumps(ast.literal_eval(open(sys.argv[1]).read())))';
  const gyp = JSON.parse(await run('python3', ['-c', read, path.join(checkout, 'binding.gyp')]));
  const defines = gyp.targets[0].defines.map((define) => `-D${define}`);
  const headers = ['node-addon-api', 'node-api-headers/include'].flatMap((name) => [
    '-isystem',
    `node_modules/${name}`,
  ]);
  const includes = ['-I', 'native', ...headers];
  return ['-std=c++17', '-DNODE_ADDON_API_CPP_EXCEPTIONS', ...defines, ...includes];
}

function sourcesBelow(directory) {
  return fs
    .readdirSync(path.join(checkout, directory), { recursive: true })
    .map((name) => path.join(directory, String(name)))
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort();
}

/** All of them, even after a failure: one run shows every finding. */
async function allOf(jobs) {
  const waiting = [...jobs];
  const errors = [];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift())
      await job().catch((error) => errors.push(error.message));
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  if (errors.length > 0) throw new Error(errors.join('\n\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await checkNative();
  } catch (error) {
    note(error instanceof Unavailable ? `unavailable: ${error.message}` : error.message);
    process.exitCode = error.exitCode ?? exitCodes.failed;
  }
}
