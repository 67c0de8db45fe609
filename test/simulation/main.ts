/**
 * `npm run simulate -- [--seeds N] [--from SEED] [--trace] [--minutes M]`: runs the seeds one after the other; ends with 1 where
 * something was wrong.
 */
import { parseArgs } from 'node:util';
import { loadServerCode } from './server-code';
import { report } from './report';
import { simulate } from './simulate';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '0' },
      minutes: { type: 'string', default: '60' },
      trace: { type: 'boolean', default: false },
    },
  });
  const [count, from, minutes] = [values.seeds, values.from, values.minutes].map(Number) as [number, number, number];
  if (![count, from, minutes].every((each) => Number.isFinite(each) && each >= 0)) {
    process.stderr.write('usage: npm run simulate -- [--seeds N] [--from SEED] [--trace] [--minutes M]\n');
    return 2;
  }
  const code = loadServerCode();
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let requests = 0;
  let failed = 0;
  let seed = from;
  for (; seed < from + count && seconds() < minutes * 60; seed++) {
    const outcome = await simulate(seed, code);
    requests += outcome.truth.requests.length;
    if (values.trace) console.log(outcome.trace.join('\n'));
    if (outcome.violations.length === 0) continue;
    failed++;
    console.log(report(outcome));
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
