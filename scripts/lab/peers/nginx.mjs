/**
 * nginx as a reverse proxy that pools its connections to the servers: requests of all its clients share two of them. One of
 * its ports tells the server that the request was forwarded (X-Forwarded-For), the other one does not.
 */
import { freePorts } from './place.mjs';
import { startServer } from './server.mjs';

export const packages = ['nginx'];

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const [port, silentPort, upstream, silentUpstream] = await freePorts(4);
  const upstreams = { port: upstream, silentPort: silentUpstream };
  const file = place.fill('nginx.conf', {
    TELLING: port,
    SILENT: silentPort,
    TELLING_UPSTREAM: upstreams.port,
    SILENT_UPSTREAM: upstreams.silentPort,
  });
  const { stop } = await startServer('nginx', ['-c', file, '-e', place.path('error.log')], {
    env: place.environment(),
    log: place.path('stdout.log'),
    ports: [port, silentPort],
    root: place.root,
  });
  const log = place.path('access.log');
  return { stop, description: { host: 'web.corp.test', port, silentPort, upstreams, log } };
}
