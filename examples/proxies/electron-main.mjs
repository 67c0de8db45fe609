/**
 * For the main process of an Electron application, whose node:http requests should take the same proxies as its windows:
 *
 *   import { app, session } from 'electron';
 *   import { agentOf } from './electron-main.mjs';
 *
 *   await app.whenReady();
 *   const agent = agentOf(session.defaultSession, { proxies: ['http://proxy.corp.test:3128'] });
 *   https.get('https://updates.corp.test/latest.json', { agent }, (response) => …);
 */
import { SspiAgent } from 'sspi/http';

/** @typedef {{ resolveProxy(url: string): Promise<string> }} Session what is needed of Electron's Session */

/**
 * An agent that asks Chromium which proxy a request takes: the system's settings, or its PAC file.
 * @param {Session} session
 * @param {{ proxies: readonly string[], ntlm?: readonly string[] }} trusted
 * `proxies`: those that the current user may be signed on to. A PAC file can come from the network, so it does not decide this.
 */
export function agentOf(session, { proxies, ntlm = [] }) {
  return new SspiAgent({ proxy: (url) => session.resolveProxy(url), origins: proxies, ntlm, keepAlive: true });
}
