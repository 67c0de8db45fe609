/** The proxies that a process finds in its environment. */
import type { IsExempt } from './no-proxy';
import type { ProxyChoice, Route } from '../client/proxy/server';

/** For what the environment has: most processes have no proxy. */
const proxies = (): typeof import('../client/proxy/server') =>
  require('../client/proxy/server') as typeof import('../client/proxy/server');

type Env = Readonly<Record<string, string | undefined>>;

/** What the environment says, when it was read. */
export interface EnvironmentProxies {
  /** Each proxy once. */
  readonly all: readonly ProxyChoice[];
  /** Which way a request takes. */
  readonly routeOf: (url: URL) => Route;
  /** Variables whose values cannot be used. */
  readonly unreadable: readonly string[];
}

/**
 * Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower case first, and SSPI_PROXY_NTLM: the proxies for which NTLM may be
 * used, and those without a name. A user name and password in a proxy's URL are not used.
 *
 * A CGI program (REQUEST_METHOD is set) gets a client's header `Proxy` as HTTP_PROXY, which is therefore not believed there
 * (https://httpoxy.org). Windows has one variable for both spellings.
 */
export function readEnvironment(env: Env, platform: NodeJS.Platform = process.platform): EnvironmentProxies {
  const unreadable: string[] = [];
  const ntlm = ntlmOrigins(env, unreadable);
  const isCgi = valueOf(env, 'REQUEST_METHOD') !== undefined;
  const read = (name: string): Route | undefined => {
    const untrusted = isCgi && name === 'HTTP_PROXY';
    const upper = untrusted ? undefined : valueOf(env, name);
    const lower = untrusted && platform === 'win32' ? undefined : valueOf(env, name.toLowerCase());
    const text = lower ?? upper;
    if (text === undefined) return undefined;
    const { permit, proxyOfUrl } = proxies();
    const proxy = proxyOfUrl(withScheme(text), true);
    if (proxy === undefined) unreadable.push(name);
    return proxy === undefined ? 'direct' : permit(proxy, { origins: new Set(), ntlm });
  };
  const forAll = read('ALL_PROXY');
  const forHttp = read('HTTP_PROXY') ?? forAll;
  const forHttps = read('HTTPS_PROXY') ?? forAll;
  const noProxy = valueOf(env, 'no_proxy') ?? valueOf(env, 'NO_PROXY');
  let isExempt: IsExempt | undefined;
  const all = new Map<string, ProxyChoice>();
  for (const route of [forHttp, forHttps]) if (typeof route === 'object') all.set(route.origin, route);
  return {
    all: [...all.values()],
    routeOf(url) {
      const proxy = (url.protocol === 'https:' ? forHttps : forHttp) ?? 'direct';
      if (proxy === 'direct') return proxy;
      isExempt ??= (require('./no-proxy') as typeof import('./no-proxy')).parseNoProxy(noProxy);
      const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
      return isExempt(url.hostname, port) ? 'direct' : proxy;
    },
    unreadable,
  };
}

function valueOf(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** curl and others also take a proxy without a scheme. */
const withScheme = (text: string): string => (text.includes('://') ? text : `http://${text}`);

function ntlmOrigins(env: Env, unreadable: string[]): ReadonlySet<string> {
  const entries = (valueOf(env, 'SSPI_PROXY_NTLM') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const origins = entries.map((entry) => proxies().proxyOfUrl(withScheme(entry), true)?.origin);
  if (origins.includes(undefined)) unreadable.push('SSPI_PROXY_NTLM');
  return new Set(origins.filter((origin) => origin !== undefined));
}
