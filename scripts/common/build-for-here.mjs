/** What a program of the lane needs: the TypeScript compiled, and a binary for the machine. */
import fs from 'node:fs';
import path from 'node:path';
import { checkout } from '../lab/config.mjs';
import { binaryOf, prebuild } from '../prebuild-win32.mjs';
import { step } from './progress.mjs';
import { run } from './shell.mjs';

const compile = ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.json'];

/** On Windows an existing binary is used unchanged, so that a machine without a compiler can use one. */
export async function buildForHere() {
  await step('compiling the TypeScript', () => run(process.execPath, compile, { cwd: checkout }));
  if (process.platform === 'win32') await buildOnWindows();
  else await prebuild(['x64']);
}

async function buildOnWindows() {
  if (fs.existsSync(binaryOf(process.arch))) return;
  const prebuildify = path.join(checkout, 'node_modules/prebuildify/bin.js');
  const args = [prebuildify, '--napi', '--strip', '--name', 'sspi', '--target', process.versions.node];
  await step('building the addon with MSVC', () => run(process.execPath, args, { cwd: checkout }));
}
