/** The real server in 2,000 simulated worlds: `npm run simulate` runs more of them. */
import { loadServerCode } from './server-code';
import { report } from './report';
import { simulate, type Outcome } from './simulate';
import type { RequestFacts } from './facts';

const code = loadServerCode();
const blocks = Array.from({ length: 20 }, (_, block) => block * 100);

/** What has happened, so that a world in which nothing happens is noticed. */
const seen = new Map<string, number>();

function count({ truth }: Outcome): void {
  for (const request of truth.requests) {
    const what = kindOf(request);
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
}

function kindOf({ served, answer, asked }: RequestFacts): string {
  if (served?.told === undefined) return `${asked.upgrade ? 'upgrade ' : ''}${answer?.status ?? 'without an answer'}`;
  const { package: by, persisted } = served.told;
  return `${asked.upgrade ? 'upgrade' : 'request'} by ${by}${persisted ? ', kept' : ''}`;
}

test.each(blocks)('seeds from %i on', async (first) => {
  for (let seed = first; seed < first + 100; seed++) {
    const outcome = await simulate(seed, code);
    count(outcome);
    if (outcome.violations.length > 0) throw new Error(report(outcome));
  }
});

// The client ended in the moment between the verdict and the handler of its upgrade, which never heard of it.
test.each([22562])('seed %i, which has failed once', async (seed) => {
  const outcome = await simulate(seed, code);
  if (outcome.violations.length > 0) throw new Error(report(outcome));
});

test('everything happens that is to be judged', () => {
  const wanted = ['request by Kerberos', 'request by NTLM', 'upgrade by Kerberos', 'upgrade by NTLM'];
  const all = [...wanted, ...wanted.map((what) => `${what}, kept`), '200', '400', '401', '403', '503'];
  const rest = ['without an answer', 'upgrade 101', 'upgrade 401', 'upgrade 403', 'upgrade without an answer'];
  for (const what of [...all, ...rest]) expect([what, (seen.get(what) ?? 0) > 20]).toEqual([what, true]);
});

test('a seed decides everything: two runs of it are the same', async () => {
  for (const seed of [1, 7, 42, 1_000_000]) {
    const [first, second] = [await simulate(seed, code), await simulate(seed, code)];
    expect(second.trace).toEqual(first.trace);
    expect(second.trace.length).toBeGreaterThan(20);
  }
});
