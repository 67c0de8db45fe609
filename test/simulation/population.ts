/** Who is there, and over which connections. */
import { accounts, type Account } from './accounts';
import { Attacker } from './user-agents/attacker';
import { Browser } from './user-agents/browser';
import { ClientOfProxy, DirectRoute, PoolingProxy, type Connect, type Route } from './routes';
import type { Addresses } from './link';
import type { GroundTruth } from './ground-truth';
import type { Random } from './random';
import type { Schedule } from './schedule';
import type { SimulatedSettings } from './settings';
import type { UserAgent } from './user-agents/user-agent';
import type { Wiretap } from './user-agents/wiretap';

const hosts = ['localhost:8080', '127.0.0.1', 'web.corp.test'] as const;

function addressesOf(random: Random, { ntlm }: SimulatedSettings): Addresses {
  return random.chance(ntlm === 'loopback' ? 0.8 : 0.4)
    ? { remoteAddress: random.pick(['127.0.0.1', '127.0.0.2', '::1']), localAddress: '127.0.0.1' }
    : { remoteAddress: `10.0.0.${random.between(2, 4)}`, localAddress: '10.0.0.1' };
}

/** One or two places, with two or three browsers in each, and perhaps an attacker. */
export function populate(
  random: Random,
  schedule: Schedule,
  truth: GroundTruth,
  wiretap: Wiretap,
  connect: Connect,
): UserAgent[] {
  const { settings } = truth;
  const host = settings.ntlm === 'loopback' && random.chance(0.6) ? 'localhost:8080' : random.pick(hosts);
  const direct = (): DirectRoute => new DirectRoute(host, addressesOf(random, settings), connect);
  const agents: UserAgent[] = [];
  const left = [...accounts];
  const places = random.between(1, 2);
  for (let place = 0; place < places; place++) {
    for (const route of routesOfPlace(random, settings, host, connect)) {
      const account = left.splice(random.below(left.length), 1)[0] as Account;
      agents.push(new Browser(account.name, account, route, random, schedule, wiretap));
    }
  }
  if (random.chance(0.5)) agents.push(new Attacker('nobody', direct(), random, schedule, wiretap));
  return agents;
}

/** The route of each browser of a place; two browsers may have the same. */
function routesOfPlace(random: Random, settings: SimulatedSettings, host: string, connect: Connect): Route[] {
  const { proxy, persist } = settings;
  const addresses = addressesOf(random, settings);
  const own = (): Route[] => [1, 2].map(() => new DirectRoute(host, addresses, connect));
  const handedOver = (): Route[] => Array<Route>(2).fill(new DirectRoute(host, addresses, connect, true));
  const clientsOfProxy = (): Route[] => [1, 2].map(() => new ClientOfProxy(host, addresses, connect));
  const pool = (): Route[] => {
    // A server sees that a connection is shared by the marks in its requests. Without them, nothing may be kept: docs/http.md.
    const marking = random.pick(
      persist === 'request' ? (['never', 'always'] as const) : (['first', 'always'] as const),
    );
    return Array<Route>(random.between(2, 3)).fill(new PoolingProxy(random, host, addresses, connect, marking));
  };
  const pools = proxy === 'pooling' || persist === 'request' ? [pool, pool] : [];
  return random.pick([own, own, handedOver, clientsOfProxy, ...pools])();
}
