#!/usr/bin/env node
/**
 * The main job in one command: builds the package, brings the lab up and shows real authentications in it.
 *
 *   npm run demo -- [--lane LANE] [--node MAJOR]
 *
 * On Windows there is no lab: it builds with MSVC and shows what the machine can do by itself.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { note, step } from './common/progress.mjs';
import { run } from './common/shell.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, defaultNode } from './lab/config.mjs';
import { defaultLane, lanes } from './lab/lanes.mjs';
import { runNode } from './lab/programs.mjs';
import { binaryOf, prebuild } from './prebuild-win32.mjs';

const demonstration = 'scripts/demo/show.mjs';

async function main(argv) {
  const { values } = parseArgs({ args: argv, options: { lane: { type: 'string' }, node: { type: 'string' } } });
  const lane = lanes[values.lane ?? defaultLane];
  if (!lane) {
    note(`${values.lane} is none of ${Object.keys(lanes).join(', ')}`);
    return exitCodes.usage;
  }
  await step('compiling the TypeScript', () => run(process.execPath, compile, { cwd: checkout }));
  if (process.platform === 'win32') await buildOnWindows();
  else await prebuild(['x64']);
  await lane.up();
  // Wine's own idea of a terminal counts colours as characters and flickers: the program writes into a pipe.
  const options = { cwd: checkout, env: terminal(), stdio: ['ignore', 'pipe', 'pipe'] };
  return runNode(lane, values.node ?? defaultNode, [demonstration], options);
}

const compile = ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.json'];

async function buildOnWindows() {
  if (fs.existsSync(binaryOf(process.arch))) return;
  const prebuildify = path.join(checkout, 'node_modules/prebuildify/bin.js');
  const args = [prebuildify, '--napi', '--strip', '--name', 'sspi', '--target', process.versions.node];
  await step('building the addon with MSVC', () => run(process.execPath, args, { cwd: checkout }));
}

/** What the program in the lane cannot see through its pipes. */
function terminal() {
  const { isTTY, columns } = process.stdout;
  return isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1', COLUMNS: String(columns) } : {};
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  note(error instanceof Unavailable ? `unavailable: ${error.message}` : (error.stack ?? String(error)));
  process.exitCode = error.exitCode ?? exitCodes.failed;
}
