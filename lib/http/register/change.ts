/** The places of Node that `sspi/register` changes: docs/decisions/0045-connections-to-the-proxy.md. */
import { changeAgents } from './agents';
import { changeFetch } from './fetch';
import { leadToGates, plainConnect } from './sockets';
import { once } from '../../once';
import { Routes } from './routes';
import type { EnvironmentProxies } from './environment';

/** Signing on, tunnels and TLS to a proxy are loaded when the first connection takes a proxy. */
export function changeNode(proxies: EnvironmentProxies): void {
  const routes = new Routes(proxies);
  const connect = plainConnect();
  const ways = once(() => new (require('./ways') as typeof import('./ways')).Ways(connect));
  leadToGates(routes, ways);
  changeAgents(routes, ways);
  changeFetch(routes, ways);
}
