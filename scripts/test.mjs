#!/usr/bin/env node
/**
 * Runs every suite and adds them up: `npm test`. The last line is `N passed, N failed, N skipped`.
 *
 *   npm test -- [--only SUITE] [--lane LANE] [--node MAJOR] [--file PART-OF-A-PATH]
 */
import { parseArgs } from 'node:util';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { defaultLane, lanes } from './lab/lanes.mjs';
import { gates } from './test/gates.mjs';
import { exitCode, interrupted } from './test/interruption.mjs';
import {
  interopLanes,
  interopSuites,
  nativeSuites,
  portableSuites,
  runInterop,
  runNative,
  runPortable,
} from './test/suites.mjs';
import { Tally } from './test/tally.mjs';

const parts = ['gates', ...new Set([...portableSuites, ...nativeSuites, ...interopSuites])];
const usage = `usage: npm test -- [--only PART] [--lane LANE] [--node MAJOR] [--file PART-OF-A-PATH]

  parts: ${parts.join(', ')}
  lanes: ${Object.keys(lanes).join(', ')}
  Each option may stand more than once, except --file.
`;

async function runGates(tally, chosen) {
  const wanted = gates.filter(
    ({ neededBy }) => chosen.includes('gates') || neededBy?.some((part) => chosen.includes(part)),
  );
  for (const { name, work } of wanted) {
    if (interrupted()) return;
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    try {
      const outcome = (await work()) ?? { passed: 1, failed: 0, skipped: 0, output: '' };
      tally.ran(name, outcome, seconds());
      if (outcome.output) console.log(outcome.output.trimEnd().replace(/^/gm, '    '));
    } catch (error) {
      if (error instanceof Unavailable) {
        tally.couldNotRun(name, error.message);
      } else {
        tally.ran(name, { passed: 0, failed: 1, skipped: 0 }, seconds());
        console.log(error.message.replace(/^/gm, '    '));
      }
    }
  }
}

/** A lane that was down is down again afterwards. */
async function leaveAsFound(lane, work) {
  const wasUp = lane.isUp();
  try {
    await work();
  } finally {
    if (!wasUp) await lane.downUnlessUsed();
  }
}

/** The native suites and those with third-party peers in one lane. */
async function runLane(tally, lane, suites, majors, pattern) {
  const native = suites.filter((suite) => nativeSuites.includes(suite));
  const interop = suites.filter((suite) => interopSuites.includes(suite));
  try {
    await lane.use(async () => {
      for (const major of majors) {
        for (const suite of native) {
          if (!interrupted()) await runNative(tally, suite, lane, major, pattern);
        }
      }
      for (const suite of interop) {
        if (!interrupted()) await runInterop(tally, suite, lane, pattern);
      }
    });
  } catch (error) {
    const name = `${lane.name}: ${[...native, ...interop].join(', ')}`;
    if (error instanceof Unavailable) {
      tally.couldNotRun(name, error.message, majors.length * native.length + interop.length);
    } else {
      tally.ran(name, { passed: 0, failed: 1, skipped: 0 }, 0);
      console.log(String(error.stack));
    }
  }
}

function choices(argv) {
  const multiple = { type: 'string', multiple: true };
  const { values } = parseArgs({
    args: argv,
    options: { only: multiple, lane: multiple, node: multiple, file: { type: 'string' } },
  });
  const chosen = {
    parts: values.only ?? parts,
    lanes: values.lane ?? Object.keys(lanes),
    majors: values.node?.map(Number),
    pattern: values.file,
  };
  const good = chosen.parts.every((part) => parts.includes(part)) && chosen.lanes.every((name) => name in lanes);
  return good ? chosen : undefined;
}

async function main(argv) {
  const chosen = choices(argv);
  if (!chosen) {
    process.stderr.write(usage);
    return exitCodes.usage;
  }
  const tally = new Tally();
  await runGates(tally, chosen.parts);
  // What is packed is also tried in the lane that is the default.
  await leaveAsFound(lanes[defaultLane], async () => {
    for (const suite of portableSuites.filter((part) => chosen.parts.includes(part))) {
      if (!interrupted()) await runPortable(tally, suite, chosen.pattern);
    }
  });
  const suites = [...nativeSuites, ...interopSuites].filter((suite) => chosen.parts.includes(suite));
  if (suites.some((suite) => interopSuites.includes(suite)) && !interopLanes.some((name) => name in lanes)) {
    tally.couldNotRun('interop', `third-party peers run in the lanes ${interopLanes.join(' and ')}, on Linux only`);
  }
  // Side by side: lanes have nothing in common but the machine, and most of their time goes into waiting.
  await Promise.all(
    chosen.lanes.map(async (name) => {
      const here = suites.filter((suite) => interopLanes.includes(name) || !interopSuites.includes(suite));
      if (here.length === 0 || interrupted()) return;
      const lane = lanes[name];
      const majors = lane.nodes.filter((major) => chosen.majors?.includes(major) ?? true);
      await leaveAsFound(lane, () => runLane(tally, lane, here, majors, chosen.pattern));
    }),
  );
  if (interrupted()) tally.couldNotRun('the rest', 'interrupted');
  tally.finish();
  if (interrupted()) return exitCode();
  return tally.isGood ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
