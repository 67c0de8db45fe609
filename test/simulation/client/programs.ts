/** Programs with an agent each: who they are, and what they have permitted it. */
import { accounts, type Account } from '../accounts';
import type { Origin, Proxy } from './places';
import type { Random } from '../random';

export interface ProgramFacts {
  readonly id: number;
  readonly account: Account;
  /** How the agent is told who to sign on as. */
  readonly as: 'user' | 'identity' | 'credentials';
  readonly origins: readonly string[];
  readonly ntlm: readonly string[];
  readonly delegate: readonly string[];
  readonly mutualAuth: boolean;
  readonly preemptive: boolean;
  readonly keepAlive: boolean;
  readonly proxy: ProxyUse;
}

export type ProxyUse =
  | { readonly kind: 'none' }
  | { readonly kind: 'url'; readonly proxy: Proxy }
  /** A function: paths that begin with /a/ take the first way, all others the second. */
  | { readonly kind: 'function'; readonly ways: readonly [Proxy | undefined, Proxy | undefined] };

/** Whoever the simulated process runs as. */
export const processUser = accounts[0] as Account;

/** Servers let guests in nowhere, and accounts that cannot be looked at hardly. */
const users = accounts.filter(({ name, withheld }) => !withheld && name !== 'CORP\\gast');

export function choosePrograms(
  random: Random,
  origins: readonly Origin[],
  proxies: readonly Proxy[],
): readonly ProgramFacts[] {
  return Array.from({ length: random.between(1, 3) }, (_, id) => {
    const some = (probability: number, of: readonly { readonly origin: string }[]): string[] =>
      of.filter(() => random.chance(probability)).map(({ origin }) => origin);
    const as = random.pick(['user', 'identity', 'identity', 'credentials'] as const);
    const listed = some(0.5, [...origins, ...proxies]);
    const named = listed.filter((origin) => !/\/\/\d/.test(origin));
    return {
      id,
      account: as === 'user' ? processUser : random.pick(users),
      as,
      origins: listed,
      ntlm: some(0.4, [...origins, ...proxies]),
      delegate: named.filter(() => random.chance(0.2)),
      mutualAuth: random.chance(0.75),
      preemptive: random.chance(0.2),
      keepAlive: random.chance(0.85),
      proxy: chooseProxyUse(random, proxies),
    };
  });
}

function chooseProxyUse(random: Random, proxies: readonly Proxy[]): ProxyUse {
  if (random.chance(0.4)) return { kind: 'none' };
  if (random.chance(0.4)) return { kind: 'url', proxy: random.pick(proxies) };
  const way = (): Proxy | undefined => (random.chance(0.7) ? random.pick(proxies) : undefined);
  return { kind: 'function', ways: [way(), way()] };
}

/** The way that a request has to take; undefined for the direct one. TLS hides the path. */
export function wayOf({ proxy }: ProgramFacts, url: URL): Proxy | undefined {
  if (proxy.kind === 'none') return undefined;
  if (proxy.kind === 'url') return proxy.proxy;
  return proxy.ways[url.protocol === 'http:' && url.pathname.startsWith('/a/') ? 0 : 1];
}

export function mayHaveToken({ origins, ntlm }: ProgramFacts, { origin }: { readonly origin: string }): boolean {
  return origins.includes(origin) && (!/\/\/\d/.test(origin) || ntlm.includes(origin));
}

export function proxyMayHaveToken(program: ProgramFacts, proxy: Proxy): boolean {
  const isNamed = program.proxy.kind === 'url' && program.proxy.proxy === proxy;
  const isListed = isNamed || program.origins.includes(proxy.origin);
  return isListed && (!/\/\/\d/.test(proxy.origin) || program.ntlm.includes(proxy.origin));
}
