/** Proxies of a client: which one, what it may be shown, and tunnels through it. */
export { chooser, permit } from './choice';
export type { ChooseRoutes, OriginLists, ProxyChoice, ProxyOption, Route } from './choice';
export { notReached, openConnection, tryRoutes } from './connect';
export type { ConnectionOptions } from './connect';
export { proxyRules } from './rules';
export { proxyOfUrl } from './server';
export { openTunnel } from './tunnel';
export type { TunnelOptions } from './tunnel';
