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

/** The user agents of one world, and the routes that they use. */
export function populate(
  random: Random,
  schedule: Schedule,
  truth: GroundTruth,
  wiretap: Wiretap,
  connect: Connect,
): UserAgent[] {
  const agents: UserAgent[] = [];
  const left = [...accounts];
  const nextAccount = (): Account => left.splice(random.below(left.length), 1)[0] as Account;
  const browser = (route: Route): void => {
    const account = nextAccount();
    agents.push(new Browser(account.name, account, route, random, schedule, wiretap));
  };
  const { proxy, persist, ntlm } = truth.settings;
  const host = ntlm === 'loopback' && random.chance(0.6) ? 'localhost:8080' : random.pick(hosts);
  const places = random.between(1, 2);
  for (let place = 0; place < places; place++) {
    const addresses = addressesOf(random, truth.settings);
    const kinds = ['direct', 'direct', 'handed over', 'client of a proxy'] as (
      'direct' | 'handed over' | 'client of a proxy' | 'pool'
    )[];
    // A pooling proxy must be seen, or nothing may be kept: docs/http.md.
    if (proxy === 'pooling' || persist === 'request') kinds.push('pool', 'pool');
    switch (random.pick(kinds)) {
      case 'direct':
        browser(new DirectRoute(host, addresses, connect));
        browser(new DirectRoute(host, addresses, connect));
        break;
      case 'handed over': {
        const route = new DirectRoute(host, addresses, connect, true);
        browser(route);
        browser(route);
        break;
      }
      case 'client of a proxy':
        browser(new ClientOfProxy(host, addresses, connect));
        browser(new ClientOfProxy(host, addresses, connect));
        break;
      case 'pool': {
        const markings = persist === 'request' ? (['never', 'always'] as const) : (['first', 'always'] as const);
        const route = new PoolingProxy(random, host, addresses, connect, random.pick(markings));
        browser(route);
        browser(route);
        if (left.length > 2) browser(route);
        break;
      }
    }
  }
  if (random.chance(0.5)) {
    agents.push(
      new Attacker(
        'nobody',
        new DirectRoute(host, addressesOf(random, truth.settings), connect),
        random,
        schedule,
        wiretap,
      ),
    );
  }
  return agents;
}
