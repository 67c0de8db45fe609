/** The places of the simulated network. */
import type { Random } from '../random';

/** What a server does. Only `sspi` is honest: the real server of `sspi/http`. */
export type Conduct =
  | 'sspi'
  | 'refuses for ever'
  | 'asks again'
  | 'changes scheme'
  | 'says yes'
  | 'forges'
  | 'asks after success'
  | 'redirects'
  | 'redirects in the middle'
  | 'closes'
  | 'garbage'
  | 'silent'
  | 'asks as a proxy'
  | 'anything';

export type ProxyConduct =
  'open' | 'asks' | 'refuses for ever' | 'becomes the origin' | 'garbage' | 'closes' | 'speaks first';

export interface Origin {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly conduct: Conduct;
  /** The option `persist` of an honest server. */
  readonly persist: 'auto' | 'connection' | 'request';
}

export interface Proxy {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly conduct: ProxyConduct;
}

const hosts = [
  'http://intra.corp.test',
  'http://wiki.corp.test:8080',
  'http://old.corp.test',
  'https://pay.corp.test',
  'https://hr.corp.test:8443',
  'http://10.0.0.5',
  'http://evil.test',
] as const;

const conducts: readonly Conduct[] = [
  'refuses for ever',
  'asks again',
  'changes scheme',
  'says yes',
  'forges',
  'asks after success',
  'redirects',
  'redirects',
  'redirects in the middle',
  'closes',
  'garbage',
  'silent',
  'asks as a proxy',
  'anything',
];

/** Names that this domain's KDC knows. The others have to be signed on to by NTLM. */
export const knownServices: ReadonlySet<string> = new Set(
  ['intra.corp.test', 'wiki.corp.test', 'pay.corp.test', 'hr.corp.test', 'evil.test', 'proxy.corp.test'].map(
    (host) => `HTTP/${host}`,
  ),
);

export function chooseOrigins(random: Random): readonly Origin[] {
  return hosts.map((origin) => {
    const { hostname, port, protocol } = new URL(origin);
    const secure = protocol === 'https:';
    return {
      origin,
      host: hostname,
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      secure,
      conduct: random.chance(0.5) ? 'sspi' : random.pick(conducts),
      persist: random.pick(['auto', 'auto', 'connection', 'request']),
    };
  });
}

export function chooseProxies(random: Random): readonly Proxy[] {
  const conduct = (): ProxyConduct =>
    random.chance(0.6)
      ? random.pick(['open', 'asks', 'asks'])
      : random.pick(['refuses for ever', 'becomes the origin', 'garbage', 'closes', 'speaks first']);
  return ['proxy.corp.test', 'oldproxy.corp.test', '10.0.0.9'].map((host) => {
    return { origin: `http://${host}:3128`, host, port: 3128, conduct: conduct() };
  });
}
