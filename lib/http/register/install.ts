import { injected } from '../../injected';

const installed = Symbol.for('sspi.register');
const realm = globalThis as { [installed]?: boolean };

/**
 * Makes this process pass the proxies of its environment, once. Every process of a command waits for this before its program
 * starts, so each step loads only what the next one needs.
 */
export function install(): void {
  if (realm[installed] === true) return;
  realm[installed] = true;
  if (!maySignOn()) {
    sayWhatIsMissing();
    return;
  }
  const { readEnvironment } = require('./environment') as typeof import('./environment');
  const proxies = readEnvironment(process.env);
  if (proxies.unreadable.length > 0) {
    const { notice } = require('./notice') as typeof import('./notice');
    notice(`the value of ${proxies.unreadable.join(' and ')} cannot be used: it must be the URL of an HTTP proxy.`);
  }
  if (proxies.all.length > 0) (require('./change') as typeof import('./change')).changeNode(proxies);
}

/**
 * Off Windows it is known at once that nothing can sign on, unless a test has put a provider in place of secur32. On Windows the
 * answer loads the addon, which waits for the first connection to a proxy.
 */
function maySignOn(): boolean {
  const { platform } = process;
  return platform === 'win32' || injected() !== undefined;
}

function sayWhatIsMissing(): void {
  const { isTold, leftAlone, notice } = require('./notice') as typeof import('./notice');
  if (isTold()) return;
  const { whatIsMissingAtOnce } = require('./support') as typeof import('./support');
  const missing = whatIsMissingAtOnce();
  if (missing !== undefined) notice(leftAlone(missing));
}
