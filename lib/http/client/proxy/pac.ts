/** What FindProxyForURL of a proxy auto-configuration file returns, and Electron's `session.resolveProxy`. */
import { proxyOfUrl, type ProxyServer } from './server';

const schemes: Readonly<Record<string, string>> = { PROXY: 'http', HTTP: 'http', HTTPS: 'https' };

/**
 * The entries of `PROXY host:port; HTTPS host:port; DIRECT`, in their order. An entry of a kind that cannot be used, such as
 * SOCKS, makes the whole text unreadable: its meaning would change without it.
 * @returns Undefined for a text that cannot be read.
 */
export function parsePac(text: string): readonly ('direct' | ProxyServer)[] | undefined {
  const routes: ('direct' | ProxyServer)[] = [];
  for (const entry of text.split(';').map((part) => part.trim())) {
    if (entry === '') continue;
    const route = routeOf(entry);
    if (route === undefined) return undefined;
    routes.push(route);
  }
  return routes.length === 0 ? undefined : routes;
}

function routeOf(entry: string): 'direct' | ProxyServer | undefined {
  const [kind = '', place, ...more] = entry.split(/\s+/);
  if (kind.toUpperCase() === 'DIRECT') return place === undefined ? 'direct' : undefined;
  const scheme = schemes[kind.toUpperCase()];
  if (scheme === undefined || place === undefined || more.length > 0 || /[/@?#\\]/.test(place)) return undefined;
  return proxyOfUrl(`${scheme}://${place}`, false);
}
