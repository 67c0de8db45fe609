#!/usr/bin/env node
/** The lab's command line. See docs/lab.md. */
import { parseArgs } from 'node:util';
import { defaultNode } from './config.mjs';
import { defaultLane, lanes } from './lanes.mjs';
import { note } from '../common/progress.mjs';
import { peers, startPeers } from './peers/index.mjs';
import { runNode, runProgram } from './programs.mjs';
import { Unavailable, exitCodes } from '../common/unavailable.mjs';

const usage = `usage: lab <verb> [lane] [options]

  up [lane]                    bring the lane up, or see that it is
  down [lane]                  stop what runs; all lanes when none is named
  status [lane]
  env [lane]                   shell commands that set the lane's environment
  run [lane] -- NODE-ARGS      run Windows' node.exe in the lane
  exec [lane] -- PROGRAM ARGS  run a Linux program (wine, ldapsearch, kinit) in the lane
  peers [lane] -- NAMES        start third-party servers until standard input ends; one line of JSON says where they are

  peers: ${Object.keys(peers).join(', ')} (in wine10: gss, nginx)
  lanes: ${Object.keys(lanes).join(', ')} (default ${defaultLane})
  --node MAJOR                 run: version of Node (default ${defaultNode})
  --tickets USER               run, exec: whose Kerberos tickets it finds (default alice; none for an empty cache)
`;

const verbs = {
  up: async (lane) => {
    const start = performance.now();
    await lane.up();
    note(`${lane.name} is up (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  },
  down: async (lane, { named }) => {
    for (const each of named ? [lane] : Object.values(lanes)) {
      await each.down();
      note(`${each.name} is down`);
    }
  },
  status: async (lane, { named }) => {
    for (const each of named ? [lane] : Object.values(lanes)) {
      for (const [part, text] of Object.entries(each.status())) console.log(`${each.name}  ${part}: ${text}`);
    }
  },
  env: async (lane) => {
    await lane.up();
    for (const [name, value] of Object.entries(lane.environment())) console.log(`export ${name}='${value}'`);
  },
  run: (lane, { options, rest }) => runNode(lane, options.node ?? defaultNode, rest, inherited(options)),
  peers: (lane, { rest }) =>
    lane.use(async () => {
      const { description, stop } = await startPeers(rest, lane.name);
      try {
        console.log(JSON.stringify(description));
        await endOfInput();
      } finally {
        await stop();
      }
    }),
  exec: (lane, { options, rest }) => runProgram(lane, rest[0], rest.slice(1), inherited(options)),
};

/** Resolves at the end of standard input or at Ctrl-C. */
function endOfInput() {
  return new Promise((resolve) => {
    process.stdin.resume().once('end', resolve).once('error', resolve);
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
}

/** A developer's own Kerberos settings take precedence over those of the lab. */
function inherited(options) {
  const names = ['KRB5_CONFIG', 'KRB5CCNAME', 'KRB5_KTNAME', 'GSS_MECH_CONFIG'].filter(
    (name) => process.env[name] !== undefined,
  );
  return { tickets: options.tickets, env: Object.fromEntries(names.map((name) => [name, process.env[name]])) };
}

async function main(argv) {
  const dashes = argv.indexOf('--');
  const rest = dashes < 0 ? [] : argv.slice(dashes + 1);
  const { values: options, positionals } = parseArgs({
    args: dashes < 0 ? argv : argv.slice(0, dashes),
    options: { node: { type: 'string' }, tickets: { type: 'string' } },
    allowPositionals: true,
  });
  const [verb, named, ...surplus] = positionals;
  const lane = lanes[named ?? defaultLane];
  if (!verbs[verb] || !lane || surplus.length > 0) {
    process.stderr.write(usage);
    return exitCodes.usage;
  }
  return (await verbs[verb](lane, { named, options, rest })) ?? 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  note(error instanceof Unavailable ? `unavailable: ${error.message}` : (error.stack ?? String(error)));
  process.exitCode = error instanceof Unavailable ? error.exitCode : exitCodes.failed;
}
