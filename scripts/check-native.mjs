#!/usr/bin/env node
/** clang-format over all C++, clang-tidy over native/, seen as a Windows build sees it. Findings are errors. */
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

/** Another release would format otherwise and find other things. */
const release = 19;

export async function checkNative() {
  const [format, tidy] = await tools();
  const files = sourcesBelow('native');
  const flags = await compilerFlags();
  const options = { cwd: checkout, timeout: 300_000 };
  const jobs = [
    () => run(format, ['--dry-run', '-Werror', ...files, ...sourcesBelow('test/sanitizers')], options),
    ...files
      .filter((name) => name.endsWith('.cc'))
      .map((unit) => () => run(tidy, ['--quiet', '--warnings-as-errors=*', unit, '--', ...flags], options)),
  ];
  await allOf(jobs);
}

async function tools() {
  const names = ['clang-format', 'clang-tidy'].map((name) => `${name}-${release}`);
  const found = await Promise.all(names.map((name) => capture(name, ['--version'])));
  if (found.every(({ code }) => code === 0)) return names;
  if (process.platform !== 'linux') throw new Unavailable(`${names.join(' and ')} are not installed`);
  await ensurePackages('the checks of native code', [...packages.mingw, ...packages.clang], machine);
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
  return ['--target=x86_64-w64-windows-gnu', '-std=c++17', '-DNODE_ADDON_API_CPP_EXCEPTIONS', ...defines, ...includes];
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
