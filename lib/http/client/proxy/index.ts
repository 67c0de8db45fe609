/** Proxies of a client: which one, what it may be shown, and tunnels through it. */
export { chooser } from './choice';
export type { ChooseRoutes, ProxyOption } from './choice';
export { notReached, openConnection, tryRoutes } from './connect';
export type { ConnectionOptions } from './connect';
export { proxyRules } from './rules';
export type { OriginLists, ProxyChoice, Route } from './server';
export { openTunnel } from './tunnel';
export type { TunnelOptions } from './tunnel';
