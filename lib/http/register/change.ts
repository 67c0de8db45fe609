/**
 * The places of Node that `sspi/register` changes: docs/decisions/0045-connections-to-the-proxy.md. What takes the place of a function
 * is loaded when that is first called, so that a process that connects to nothing loads no more than this.
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { once } from '../../once';
import type { Connect } from './sockets';
import type { CreateConnection } from './agents';
import type { EnvironmentProxies } from './environment';

const agents = once(() => require('./agents') as typeof import('./agents'));

export function changeNode(proxies: EnvironmentProxies): void {
  const { connect } = net.Socket.prototype as unknown as { readonly connect: Connect };
  const routes = once(() => new (require('./routes') as typeof import('./routes')).Routes(proxies));
  const ways = once(() => {
    const { Ways } = require('./ways') as typeof import('./ways');
    return new Ways((place) => connect.call(new net.Socket(), { ...place }));
  });
  change(net.Socket.prototype, 'connect', (original: Connect) => {
    const { leadToGates } = require('./sockets') as typeof import('./sockets');
    return leadToGates(original, routes(), ways);
  });
  change(http.Agent.prototype, 'createConnection', (original: CreateConnection) =>
    agents().connectPlain(original, routes(), ways),
  );
  change(https.Agent.prototype, 'createConnection', (original: CreateConnection) =>
    agents().connectSecure(original, routes(), ways),
  );
  if (typeof globalThis.fetch !== 'function') return;
  change(globalThis, 'fetch', (original: typeof fetch) => {
    const { changeDispatcher } = require('./fetch') as typeof import('./fetch');
    changeDispatcher(routes(), ways);
    return original;
  });
}

type Method = (this: never, ...args: never[]) => unknown;

/** @param make Makes the new function of the original one. It is called once, before the first call of the function. */
function change<F extends Method>(object: object, name: string, make: (original: F) => F): void {
  const original = Reflect.get(object, name) as F;
  const made = once(() => make(original));
  const { [name]: value } = {
    [name](...args: unknown[]): unknown {
      return Reflect.apply(made(), this, args);
    },
  };
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
