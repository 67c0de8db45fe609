import { leftAlone, notice } from './notice';
import { readEnvironment } from './environment';

const installed = Symbol.for('sspi.register');
const realm = globalThis as { [installed]?: boolean };

/** Makes this process pass the proxies of its environment, once. What it needs is loaded only where there are some. */
export function install(): void {
  if (realm[installed] === true) return;
  realm[installed] = true;
  const proxies = readEnvironment(process.env);
  if (proxies.unreadable.length > 0) {
    notice(`the value of ${proxies.unreadable.join(' and ')} cannot be used: it must be the URL of an HTTP proxy.`);
  }
  // Off Windows the answer costs nothing, and a user should know that nothing will happen. On Windows it loads the addon, which waits
  // for the first connection to a proxy.
  if (process.platform !== 'win32') {
    const { whatIsMissingAtOnce } = require('./support') as typeof import('./support');
    const missing = whatIsMissingAtOnce();
    if (missing !== undefined) {
      notice(leftAlone(missing));
      return;
    }
  }
  if (proxies.all.length === 0) return;
  const { Ways } = require('./ways') as typeof import('./ways');
  const { leadToGates, plainConnect } = require('./sockets') as typeof import('./sockets');
  const ways = new Ways(proxies, plainConnect());
  leadToGates(ways);
  (require('./agents') as typeof import('./agents')).changeAgents(ways);
  (require('./fetch') as typeof import('./fetch')).changeFetch(ways);
}
