/** Connections of node:http and node:https, by whichever agent that leaves connecting to Node. */
import tls from 'node:tls';
import net from 'node:net';
import { urlHost } from '../client/url-host';
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProxyChoice, Route } from '../client/proxy/server';
import type { Routes } from './routes';
import type { Ways } from './ways';

type Callback = (error: Error | null, stream: Duplex) => void;
export type CreateConnection = (
  this: http.Agent,
  options: http.ClientRequestArgs & tls.ConnectionOptions,
  callback?: Callback,
) => Duplex | null | undefined;

/** For http.Agent: agents that exist included. One with a createConnection of its own keeps it. */
export function connectPlain(original: CreateConnection, routes: Routes, ways: () => Ways): CreateConnection {
  return function createConnection(options, callback) {
    const route = routeOf(routes, options, false);
    if (typeof route !== 'object') return original.call(this, options, callback);
    const { host, port } = placeOf(options, 80);
    const direct = (): Duplex => original.call(this, options) as Duplex;
    return ways().plain(originOf(host, port), route, direct);
  };
}

/** For https.Agent. */
export function connectSecure(original: CreateConnection, routes: Routes, ways: () => Ways): CreateConnection {
  return function createConnection(options, callback) {
    const route = routeOf(routes, options, true);
    if (typeof route !== 'object' || callback === undefined) return original.call(this, options, callback);
    const connect = async (): Promise<Duplex> => {
      if (!(await ways().supported())) return original.call(this, options) as Duplex;
      return tlsThrough(ways(), route, options);
    };
    connect().then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error as Error, undefined as unknown as Duplex),
    );
    return undefined;
  };
}

async function tlsThrough(
  ways: Ways,
  proxy: ProxyChoice,
  options: http.ClientRequestArgs & tls.ConnectionOptions,
): Promise<Duplex> {
  const { host, port } = placeOf(options, 443);
  const socket = await ways.tunnel(proxy, host, port);
  const { servername = net.isIP(host) === 0 ? host : undefined } = options;
  // The path is that of the request, and TLS would take it for a pipe's.
  return tls.connect({
    ...options,
    path: undefined,
    socket,
    ...(servername !== undefined && { servername }),
  } as tls.ConnectionOptions);
}

function routeOf(routes: Routes, options: http.ClientRequestArgs, secure: boolean): Route {
  if (typeof options.socketPath === 'string') return 'direct';
  const { host, port } = placeOf(options, secure ? 443 : 80);
  return routes.to(secure, host, port);
}

function placeOf({ host, port }: http.ClientRequestArgs, usual: number): { host: string; port: number } {
  return { host: host ?? 'localhost', port: Number(port ?? usual) };
}

function originOf(host: string, port: number): string {
  return new URL(`http://${urlHost(host)}:${port}`).origin;
}
