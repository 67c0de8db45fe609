#!/usr/bin/env node
/**
 * The main job in one command: builds the package, brings the lab up and runs the demonstration in it.
 *
 *   npm run demo -- [--lane LANE] [--node MAJOR]
 */
import { parseArgs } from 'node:util';
import { note, step } from './common/progress.mjs';
import { run } from './common/shell.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, defaultNode } from './lab/config.mjs';
import { defaultLane, lanes } from './lab/lanes.mjs';
import { runNode } from './lab/programs.mjs';
import { prebuild } from './prebuild-win32.mjs';

const demonstration = 'examples/demo.mjs';

async function main(argv) {
  const { values } = parseArgs({ args: argv, options: { lane: { type: 'string' }, node: { type: 'string' } } });
  const lane = lanes[values.lane ?? defaultLane];
  if (!lane) {
    note(`${values.lane} is none of ${Object.keys(lanes).join(', ')}`);
    return exitCodes.usage;
  }
  await step('compiling the TypeScript', () => run(process.execPath, compile, { cwd: checkout }));
  if (process.platform !== 'win32') await prebuild(['x64']);
  await lane.up();
  return runNode(lane, values.node ?? defaultNode, [demonstration], { cwd: checkout });
}

const compile = ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.json'];

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  note(error instanceof Unavailable ? `unavailable: ${error.message}` : (error.stack ?? String(error)));
  process.exitCode = error.exitCode ?? exitCodes.failed;
}
