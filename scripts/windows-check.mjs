#!/usr/bin/env node
/**
 * What only Windows can show: examines every claim of scripts/windows-check on this machine. See docs/windows-check.md.
 *
 *   npm run windows-check -- [--output DIRECTORY] [--claim ID]...
 *
 * On Linux it does so under Wine, in the lab: --lane and --node choose where.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { note } from './common/progress.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { buildForHere } from './common/build-for-here.mjs';
import { checkout, defaultNode } from './lab/config.mjs';
import { defaultLane, lanes } from './lab/lanes.mjs';
import { runNode } from './lab/programs.mjs';

async function main(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      output: { type: 'string', default: '.' },
      claim: { type: 'string', multiple: true },
      lane: { type: 'string', default: defaultLane },
      node: { type: 'string', default: String(defaultNode) },
    },
  });
  const lane = lanes[values.lane];
  if (!lane) {
    note(`${values.lane} is none of ${Object.keys(lanes).join(', ')}`);
    return exitCodes.usage;
  }
  await buildForHere();
  if (process.platform === 'win32') {
    // In this process, which is not ended before it has removed what it created.
    const { examineMachine } = await import('./windows-check/run.mjs');
    return examineMachine(values.output, values.claim);
  }
  await lane.up();
  const output = path.relative(checkout, path.resolve(values.output)) || '.';
  const args = ['scripts/windows-check/run.mjs', '--output', output];
  for (const id of values.claim ?? []) args.push('--claim', id);
  return runNode(lane, values.node, args, { cwd: checkout });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  note(error instanceof Unavailable ? `unavailable: ${error.message}` : (error.stack ?? String(error)));
  process.exitCode = error.exitCode ?? exitCodes.failed;
}
