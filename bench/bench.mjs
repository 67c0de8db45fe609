#!/usr/bin/env node
/**
 * The performance of the package compared with its goals: `npm run bench`. See bench/README.md.
 *
 *   npm run bench -- [--json] [--lane LANE] [--node MAJOR] [--rounds N] [--against COMMIT] [PART...]
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { note, step } from '../scripts/common/progress.mjs';
import { run } from '../scripts/common/shell.mjs';
import { Unavailable, exitCodes } from '../scripts/common/unavailable.mjs';
import { checkout, defaultNode } from '../scripts/lab/config.mjs';
import { defaultLane, lanes } from '../scripts/lab/lanes.mjs';
import { runNode } from '../scripts/lab/programs.mjs';
import { prebuild } from '../scripts/prebuild-win32.mjs';
import { besideCurl } from './host/apache-and-curl.mjs';
import { buildAgainst } from './host/against.mjs';
import { buildCProgram } from './host/c-program.mjs';
import { installNodeExposeSspi } from './host/node-expose-sspi.mjs';
import { isReached, table } from './host/report.mjs';
import { sizes } from './host/size.mjs';

/** Parts that run in the lane, each in a process of its own. */
const inLane = [
  'handshakes',
  'events',
  'waits',
  'growth',
  'messages',
  'ldap',
  'responsiveness',
  'identity',
  'http',
  'http-client',
  'sign-ons',
  'memory',
  'loading',
  'sql-server',
];
const parts = [...inLane, 'size'];

/** Parts that are measured on this machine, or need something there beside their process in the lane. */
const outsideTheLane = { 'sign-ons': besideCurl, size: sizes };

const usage = `usage: npm run bench -- [--json] [--lane LANE] [--node MAJOR] [--rounds N] [--against COMMIT] [PART...]

  parts: ${parts.join(', ')}
  lanes: ${Object.keys(lanes).join(', ')} (default ${defaultLane})
  --against COMMIT: handshakes, waits, growth and responsiveness measure that commit, too, in turn with this checkout
`;

const compile = ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.json', 'test'];

async function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: {
      json: { type: 'boolean' },
      lane: { type: 'string', default: defaultLane },
      node: { type: 'string', default: `${defaultNode}` },
      rounds: { type: 'string' },
      against: { type: 'string' },
    },
    allowPositionals: true,
  });
  const lane = lanes[values.lane];
  if (!lane || positionals.some((part) => !parts.includes(part))) {
    process.stderr.write(usage);
    return exitCodes.usage;
  }
  await step('compiling the TypeScript', () => run(process.execPath, compile, { cwd: checkout }));
  if (process.platform !== 'win32') await prebuild(['x64']);
  const programs = { SSPI_CBENCH: await buildCProgram() };
  if (values.against !== undefined) {
    const other = await step(`building ${values.against}`, () => buildAgainst(values.against));
    programs.SSPI_BENCH_AGAINST = JSON.stringify(other);
  }
  const chosen = positionals.length > 0 ? positionals : parts;
  if (chosen.includes('http')) programs.SSPI_BENCH_NODE_EXPOSE_SSPI = await installNodeExposeSspi();
  await lane.up();

  const options = values.rounds === undefined ? {} : { rounds: Number(values.rounds) };
  const figures = [];
  for (const part of chosen) {
    const inLaneWith = (more) => measure(part, options, lane, values.node, { ...programs, ...more });
    const outside = outsideTheLane[part] ?? ((_, work) => work());
    figures.push(...(await step(part, () => outside(lane, inLaneWith))));
  }
  console.log(
    values.json ? JSON.stringify(figures.map((each) => ({ ...each, reached: isReached(each) }))) : table(figures),
  );
  return 0;
}

/** Runs a part in the lane. */
async function measure(part, options, lane, major, programs) {
  const report = path.join('node_modules/.cache/bench', `${part}.json`);
  fs.rmSync(path.join(checkout, report), { force: true });
  const env = {
    ...programs,
    // The server's replay cache, a file that is synchronised to disk for every ticket, is for servers in production.
    KRB5RCACHENAME: 'none:',
  };
  const args = ['--expose-gc', 'bench/inside.mjs', part, JSON.stringify(options), report];
  const code = await runNode(lane, major, args, { cwd: checkout, env });
  if (code !== 0) throw new Error(`${part} ended with exit code ${code}`);
  return JSON.parse(fs.readFileSync(path.join(checkout, report), 'utf8'));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  note(error instanceof Unavailable ? `unavailable: ${error.message}` : (error.stack ?? String(error)));
  process.exitCode = error.exitCode ?? exitCodes.failed;
}
