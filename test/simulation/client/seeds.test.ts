/** The real client in 500 simulated worlds: `npm run simulate -- --client` runs more of them. */
import { loadClientCode } from './client-code';
import { report } from './report';
import { simulateClient, type ClientOutcome } from './simulate';
import type { RequestFacts } from './truth';

const code = loadClientCode();
const blocks = Array.from({ length: 10 }, (_, block) => block * 50);

/** What has happened, so that a world in which nothing happens is noticed. */
const seen = new Map<string, number>();

function count({ truth }: ClientOutcome): void {
  for (const what of truth.requests.flatMap(kindsOf)) seen.set(what, (seen.get(what) ?? 0) + 1);
}

function kindsOf({ arrivals, outcome, abandoned, url }: RequestFacts): string[] {
  if (abandoned) return ['given up'];
  const kinds = [outcome?.error === undefined ? String(outcome?.status) : String(outcome.error.code)];
  if (outcome?.error !== undefined || outcome?.status !== 200) return kinds;
  for (const { field, context } of arrivals.at(-1)?.tokens ?? []) kinds.push(`200, ${field} by ${context.package}`);
  const root = arrivals.at(-1)?.connection.root;
  if (root !== undefined && 'proxy' in root.to)
    kinds.push(url.protocol === 'https:' ? '200 by a tunnel' : '200 by a proxy');
  else kinds.push(url.protocol === 'https:' ? '200 by TLS' : '200');
  if (outcome.user !== undefined && arrivals.length === 1 && arrivals[0]?.tokens.length === 0) kinds.push('200, kept');
  return kinds;
}

test.each(blocks)('seeds from %i on', async (first) => {
  for (let seed = first; seed < first + 50; seed++) {
    const outcome = await simulateClient(seed, code);
    count(outcome);
    if (outcome.violations.length > 0) throw new Error(report(outcome));
  }
});

test('everything happens that is to be judged', () => {
  const answers = ['200, authorization by Kerberos', '200, authorization by NTLM', '200, kept', '200 by TLS'];
  const byProxy = ['200 by a proxy', '200 by a tunnel'];
  const refusals = [
    '302',
    '401',
    '407',
    'SEC_E_LOGON_DENIED',
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    'ERR_SSPI_PROXY_REFUSED',
  ];
  const failures = [
    'ERR_SSPI_BAD_ANSWER',
    'ERR_SSPI_CONNECTION_LOST',
    'ERR_SSPI_ORIGIN_REFUSED',
    'ECONNRESET',
    'given up',
  ];
  const others = ['SEC_E_TARGET_UNKNOWN', 'SEC_E_INVALID_TOKEN', 'ERR_SSPI_PEER_ENDED'];
  for (const what of [...answers, ...byProxy, ...refusals, ...failures, ...others]) {
    expect([what, (seen.get(what) ?? 0) > 10]).toEqual([what, true]);
  }
});

test('a seed decides everything: two runs of it are the same', async () => {
  for (const seed of [1, 7, 42, 1_000_000]) {
    const [first, second] = [await simulateClient(seed, code), await simulateClient(seed, code)];
    expect(second.trace).toEqual(first.trace);
    expect(second.trace.length).toBeGreaterThan(20);
  }
});
