/** Which way a connection of this process takes, without anything that makes one. */
import { urlHost } from '../client/url-host';
import type { EnvironmentProxies } from './environment';
import type { ProxyChoice, Route } from '../client/proxy/server';

export class Routes {
  readonly #proxies: EnvironmentProxies;

  constructor(proxies: EnvironmentProxies) {
    this.#proxies = proxies;
  }

  /** The way of a request. */
  of(url: URL): Route {
    return this.#proxies.routeOf(url);
  }

  /** The way to a server; a proxy itself is reached as it is. */
  to(secure: boolean, host: string, port: number): Route {
    const text = `${secure ? 'https' : 'http'}://${urlHost(host)}:${port}`;
    return URL.canParse(text) ? this.of(new URL(text)) : 'direct';
  }

  /** The proxy at this place, if one is there that may be signed on to and is reached without TLS. */
  proxyAt(host: string, port: number): ProxyChoice | undefined {
    const name = host.toLowerCase();
    return this.#proxies.all.find(
      (proxy) => !proxy.secure && proxy.credential && proxy.port === port && proxy.host === name,
    );
  }
}
