/**
 * `sspi/register`: the process passes the proxies of its environment, which demand a Windows sign-on, with no change to the
 * program: `node --import sspi/register app.mjs`, `node --require sspi/register app.cjs`, or `npx sspi run -- command`.
 *
 * HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are read once, when this module is loaded. It answers proxies (407), and never
 * servers (401): Kerberos to each proxy of the environment, NTLM only to those that SSPI_PROXY_NTLM names. See docs/proxies.md.
 *
 * @packageDocumentation
 */
import { install } from './install';

install();
