/** Node's own fetch. */
import net from 'node:net';
import tls from 'node:tls';
import { urlHost } from '../client/url-host';
import type { Duplex } from 'node:stream';
import type { ProxyChoice } from '../client/proxy/server';
import type { Routes } from './routes';
import type { Ways } from './ways';

/** What undici passes to the function that connects. */
interface Place {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string | number;
  readonly servername?: string | null | undefined;
}

type Connected = (error: Error | null, socket: Duplex | null) => void;

interface Dispatcher {
  dispatch(options: { readonly origin?: string | URL | undefined }, handler: unknown): boolean;
}

type DispatcherClass = new (options: { connect: (place: Place, callback: Connected) => void }) => Dispatcher;

/** Where undici keeps its default dispatcher: version 6 at the second place, 7 at both, and 8 at the first, with an older shape of it at the second. */
const places = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')] as const;
const realm = globalThis as unknown as Record<symbol, Dispatcher | undefined>;

/**
 * Gives Node's fetch a dispatcher of its own class that knows the proxies. That class exists only after the first use of fetch, so
 * this waits for it. A dispatcher that the program, or NODE_USE_ENV_PROXY, has set is left alone.
 */
export function changeDispatcher(routes: Routes, ways: () => Ways): void {
  // Node loads its undici for any of its classes.
  Reflect.get(globalThis, 'Headers');
  const original = realm[places[0]] ?? realm[places[1]];
  if (original?.constructor.name !== 'Agent') return;
  const found: Dispatcher = original;
  const Agent = original.constructor as DispatcherClass;
  class ProxyingAgent extends Agent {
    override dispatch(options: { readonly origin?: string | URL | undefined }, handler: unknown): boolean {
      return routeOf(routes, options.origin) === undefined
        ? found.dispatch(options, handler)
        : super.dispatch(options, handler);
    }
  }
  const agent = new ProxyingAgent({
    connect(target, callback) {
      connect(routes, ways, target).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error as Error, null),
      );
    },
  });
  for (const place of places) if (realm[place] === found) realm[place] = agent;
}

function routeOf(routes: Routes, origin: string | URL | undefined): ProxyChoice | undefined {
  if (origin === undefined) return undefined;
  const route = routes.of(new URL(origin));
  return route === 'direct' ? undefined : route;
}

async function connect(routes: Routes, ways: () => Ways, place: Place): Promise<Duplex> {
  const { protocol, hostname } = place;
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const port = Number(place.port === '' ? (secure ? 443 : 80) : place.port);
  const route = routes.to(secure, host, port);
  const proxied = typeof route === 'object' && (await ways().supported()) ? route : undefined;
  if (!secure) {
    if (proxied === undefined) return open(net.connect({ host, port }), 'connect');
    const { origin } = new URL(`http://${urlHost(host)}:${port}`);
    return ways().plain(origin, proxied, () => net.connect({ host, port }));
  }
  const servername = place.servername ?? (net.isIP(host) === 0 ? host : undefined);
  const options = { host, port, ALPNProtocols: ['http/1.1'], ...(servername !== undefined && { servername }) };
  const through = proxied === undefined ? {} : { socket: await ways().tunnel(proxied, host, port) };
  return open(tls.connect({ ...options, ...through }), 'secureConnect');
}

function open<T extends net.Socket>(socket: T, event: 'connect' | 'secureConnect'): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once(event, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
