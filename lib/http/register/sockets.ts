/** Connections that the program makes to a proxy by itself: by an agent of its own, an own undici, or Node's NODE_USE_ENV_PROXY. */
import { once } from '../../once';
import type net from 'node:net';
import type { ProxyChoice } from '../client/proxy/server';
import type { Routes } from './routes';
import type { Ways } from './ways';

const gateModule = once(() => require('./gate') as typeof import('./gate'));

export type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;

/** Leads connections to a proxy of the environment to this process's gate for it. */
export function leadToGates(original: Connect, routes: Routes, ways: () => Ways): Connect {
  const gates = new Map<ProxyChoice, string>();
  return function connect(...args) {
    const { place, callback } = argumentsOf(args);
    // TLS to the proxy itself cannot be read from outside.
    const isTls = (this as { readonly encrypted?: boolean }).encrypted === true;
    const proxy = place === undefined || isTls ? undefined : routes.proxyAt(place.host, place.port);
    if (proxy === undefined) return original.apply(this, args);
    let path = gates.get(proxy);
    if (path === undefined) gates.set(proxy, (path = gateModule().openGate(ways(), proxy)));
    return original.call(this, { path }, callback);
  };
}

interface Arguments {
  /** Undefined for a pipe, and for what net refuses itself. */
  readonly place: { readonly host: string; readonly port: number } | undefined;
  readonly callback: unknown;
}

/** The forms of net.Socket's `connect`; net.connect passes an array of options and callback. */
function argumentsOf(args: readonly unknown[]): Arguments {
  const all = (Array.isArray(args[0]) ? args[0] : args) as readonly unknown[];
  const [first, second] = all;
  const last = all.at(-1);
  const callback = typeof last === 'function' ? last : undefined;
  if (typeof first === 'object' && first !== null) {
    const { path, host = 'localhost', port } = first as { path?: unknown; host?: unknown; port?: unknown };
    return { place: path === undefined || path === null ? placeOf(host, port) : undefined, callback };
  }
  return { place: placeOf(typeof second === 'string' ? second : 'localhost', first), callback };
}

function placeOf(host: unknown, port: unknown): Arguments['place'] {
  const number =
    typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port)) ? Number(port) : undefined;
  return typeof host === 'string' && number !== undefined ? { host, port: number } : undefined;
}
