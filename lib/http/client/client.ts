/** What agents, fetch and dispatchers share: the credentials, the rules, and the ways to a server. */
import { chooser, openConnection, openTunnel, proxyRules, tryRoutes, type ChooseRoutes, type Route } from './proxy';
import { ClientCredentials } from './credentials';
import { serverRules, spnKey } from './rules';
import { SignOnStream, type Opened } from './connection/sign-on-stream';
import { timerLimit, whenOpen } from './connection/when-open';
import type { ClientSettings } from './options';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A server, and how it is reached without a proxy. */
export interface Destination {
  readonly origin: string;
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** What the proxy is chosen by. */
  readonly url: string;
  /** Begins a direct connection. */
  connect(): Socket;
  /** Begins TLS inside of a tunnel. */
  secureOver(tunnel: Socket): TLSSocket;
}

export class SignOnClient {
  readonly settings: ClientSettings;
  readonly credentials: ClientCredentials;
  /** The ways to a URL, in their order; undefined if all are direct. */
  readonly routes: ChooseRoutes | undefined;
  /** Do they depend on more than the origin? */
  readonly routesVary: boolean;

  /** @param routes Instead of those of the option `proxy`. */
  constructor(settings: ClientSettings, routes?: ChooseRoutes) {
    this.settings = settings;
    this.credentials = new ClientCredentials(settings);
    const chosen = chooser(settings.proxy, settings);
    this.routes = routes ?? (settings.proxy === undefined ? undefined : chosen);
    this.routesVary = routes !== undefined || typeof settings.proxy === 'function';
  }

  /** May a connection to this origin need a sign-on, of its own or a proxy's? */
  involves(origin: string): boolean {
    return this.routes !== undefined || serverRules(this.settings, origin) !== undefined;
  }

  /** What distinguishes connections to one origin: whose they are, and how they were signed on. */
  poolKey(origin: string, routes?: readonly Route[]): string {
    const { credentials, identity, delegate, proxy } = this.settings;
    const whose = credentials !== undefined ? 'credentials' : identity !== undefined ? 'identity' : 'user';
    const way = routes ?? (typeof proxy === 'function' ? 'function' : String(proxy));
    return JSON.stringify(['sspi', whose, spnKey(this.settings, origin), delegate.has(origin), way]);
  }

  /** A connection that signs on when it is asked to. */
  stream(destination: Destination, routes?: readonly Route[]): SignOnStream {
    const { origin } = destination;
    return new SignOnStream({
      open: (signal) => this.#open(destination, routes, signal),
      server: serverRules(this.settings, origin),
      origin,
      credentials: this.credentials,
      handshakeTimeout: this.settings.handshakeTimeout,
    });
  }

  /** Frees the credentials. Connections that are open end with their agent. */
  close(): Promise<void> {
    return this.credentials.dispose();
  }

  async #open(destination: Destination, given: readonly Route[] | undefined, signal: AbortSignal): Promise<Opened> {
    const routes = given ?? (await this.routes?.(destination.url)) ?? ['direct'];
    return tryRoutes(routes, (route) => this.#take(route, destination, signal));
  }

  async #take(route: Route, destination: Destination, signal: AbortSignal): Promise<Opened> {
    const { origin, host, port, secure } = destination;
    const timeout = this.settings.connectTimeout;
    const limits = { timeout: timerLimit(timeout), signal };
    if (route === 'direct') {
      const socket: Socket = destination.connect();
      await whenOpen(socket, secure ? 'secureConnect' : 'connect', { origin, timeout, signal });
      return { socket, tls: secure ? (socket as unknown as TLSSocket) : undefined };
    }
    if (!secure) return { socket: await openConnection(route, limits), proxy: proxyRules(route) };
    const tunnel = await openTunnel({ ...limits, proxy: route, host, port, credentials: this.credentials });
    const tls = destination.secureOver(tunnel);
    await whenOpen(tls, 'secureConnect', { origin, timeout, signal });
    return { socket: tls, tls };
  }
}
