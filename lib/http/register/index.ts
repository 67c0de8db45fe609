/**
 * `sspi/register`: the process passes the proxies of its environment, which demand a Windows sign-on, with no change to the
 * program: `node --import sspi/register app.mjs`, `node --require sspi/register app.cjs`, or `npx sspi run -- command`.
 *
 * HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are read once, when this module is loaded. It answers proxies (407), and never
 * servers (401): Kerberos to each proxy of the environment, NTLM only to those that SSPI_PROXY_NTLM names. See docs/proxies.md.
 *
 * @packageDocumentation
 */
const installed = Symbol.for('sspi.register');
const realm = globalThis as { [installed]?: boolean };

/**
 * Makes this process pass the proxies of its environment, once. Every process of a command waits for this before its program
 * starts, and opening a file takes longer than all that is done here: each step loads only what the next one needs.
 */
function install(): void {
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
  if (platform === 'win32') return true;
  const { injected } = require('../../injected') as typeof import('../../injected');
  return injected() !== undefined;
}

function sayWhatIsMissing(): void {
  const { isTold, leftAlone, notice } = require('./notice') as typeof import('./notice');
  if (isTold()) return;
  const { whatIsMissingAtOnce } = require('./support') as typeof import('./support');
  const missing = whatIsMissingAtOnce();
  if (missing !== undefined) notice(leftAlone(missing));
}

install();
