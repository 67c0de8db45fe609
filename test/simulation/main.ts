/**
 * `npm run simulate -- [--client] [--seeds N] [--from SEED] [--trace] [--minutes M]`: runs the seeds one after the other; ends
 * with 1 where something was wrong. The server is simulated, or the client.
 */
import { parseArgs } from 'node:util';
import { loadClientCode } from './client/client-code';
import { loadServerCode } from './server-code';
import { report } from './report';
import { report as reportClient } from './client/report';
import { simulate } from './simulate';
import { simulateClient } from './client/simulate';

/** One seed. */
interface Ran {
  readonly requests: number;
  readonly trace: readonly string[];
  /** What was wrong; undefined for nothing. */
  readonly failure: string | undefined;
}

function runner(isClient: boolean): (seed: number) => Promise<Ran> {
  if (isClient) {
    const code = loadClientCode();
    return async (seed) => {
      const outcome = await simulateClient(seed, code);
      const { truth, trace, violations } = outcome;
      return {
        requests: truth.requests.length,
        trace,
        failure: violations.length > 0 ? reportClient(outcome) : undefined,
      };
    };
  }
  const code = loadServerCode();
  return async (seed) => {
    const outcome = await simulate(seed, code);
    const { truth, trace, violations } = outcome;
    return { requests: truth.requests.length, trace, failure: violations.length > 0 ? report(outcome) : undefined };
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      client: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '0' },
      minutes: { type: 'string', default: '60' },
      trace: { type: 'boolean', default: false },
    },
  });
  const [count, from, minutes] = [values.seeds, values.from, values.minutes].map(Number) as [number, number, number];
  if (![count, from, minutes].every((each) => Number.isFinite(each) && each >= 0)) {
    process.stderr.write('usage: npm run simulate -- [--client] [--seeds N] [--from SEED] [--trace] [--minutes M]\n');
    return 2;
  }
  const run = runner(values.client);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let requests = 0;
  let failed = 0;
  let seed = from;
  for (; seed < from + count && seconds() < minutes * 60; seed++) {
    const ran = await run(seed);
    requests += ran.requests;
    if (values.trace) console.log(ran.trace.join('\n'));
    if (ran.failure === undefined) continue;
    failed++;
    console.log(ran.failure);
    if (failed >= 10) break;
  }
  const ran = seed - from;
  console.log(`${ran} seeds, ${requests} requests, ${failed} failed, ${seconds().toFixed(1)} s`);
  return failed > 0 || ran < count ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
