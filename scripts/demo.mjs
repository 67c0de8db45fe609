#!/usr/bin/env node
/**
 * The demonstration: builds the package, brings the lab up and shows real authentications in it.
 *
 *   npm run demo -- [--lane LANE] [--node MAJOR]
 *
 * On Windows there is no lab: it builds with MSVC and shows what the machine itself can do.
 */
import { parseArgs } from 'node:util';
import { buildForHere } from './common/build-for-here.mjs';
import { note } from './common/progress.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, defaultNode } from './lab/config.mjs';
import { defaultLane, lanes } from './lab/lanes.mjs';
import { runNode } from './lab/programs.mjs';

const demonstration = 'scripts/demo/show.mjs';

async function main(argv) {
  const { values } = parseArgs({ args: argv, options: { lane: { type: 'string' }, node: { type: 'string' } } });
  const lane = lanes[values.lane ?? defaultLane];
  if (!lane) {
    note(`${values.lane} is none of ${Object.keys(lanes).join(', ')}`);
    return exitCodes.usage;
  }
  await buildForHere();
  await lane.up();
  // Wine's own idea of a terminal counts colours as characters and flickers: the program writes into a pipe.
  const options = { cwd: checkout, env: terminal(), stdio: ['ignore', 'pipe', 'pipe'] };
  return runNode(lane, values.node ?? defaultNode, [demonstration], options);
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
