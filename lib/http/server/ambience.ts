/**
 * A browser signs on by itself: whoever gets it to send a request acts as its user. What tells such requests from the
 * application's own is in fields that pages cannot write: Origin (RFC 6454) and Sec-Fetch-Site (Fetch Metadata).
 */
import { checkedTexts, invalidOption } from '../check';
import { isEncrypted } from './protection';
import type { IncomingMessage } from 'node:http';

/** RFC 9110, 9.2.1: these change nothing. */
const safeMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** A CORS preflight (Fetch, 3.2.2). Browsers send it without credentials. */
export function isPreflight(request: IncomingMessage): boolean {
  // Node makes `headers` when they are first read: not for the many requests that are none.
  if (request.method !== 'OPTIONS') return false;
  const { origin, 'access-control-request-method': method } = request.headers;
  return origin !== undefined && method !== undefined;
}

/** Why a request must not act as the browser's user; undefined where nothing speaks against it. */
export function foreignRequest(
  request: IncomingMessage,
  upgrade: boolean,
  origins: ReadonlySet<string>,
): string | undefined {
  if (!upgrade && safeMethods.has(request.method)) return undefined;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && origins.has(origin)) return undefined;
  if (site === 'same-origin' || site === 'same-site') return undefined;
  const foreign = site === 'cross-site' || (origin !== undefined && !isOwn(request, origin));
  if (!foreign) return undefined;
  const what = upgrade ? 'An upgrade' : `A ${request.method ?? ''} request`;
  return `${what} was sent by a page of another site. If its origin may do so, list it in the option origins.`;
}

/** Host and port equal the Host header's; the scheme counts only where this process knows it. */
function isOwn(request: IncomingMessage, origin: string): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin) ?? [];
  const { host } = request.headers;
  if (scheme === undefined || authority === undefined || host === undefined) return false;
  if (isEncrypted(request.socket) && scheme.toLowerCase() !== 'https') return false;
  return withPort(authority, scheme) === withPort(host, scheme);
}

function withPort(authority: string, scheme: string): string {
  const lower = authority.toLowerCase();
  return /:\d+$/.test(lower) ? lower : `${lower}:${scheme.toLowerCase() === 'https' ? 443 : 80}`;
}

/** Origins as browsers write them. */
export function checkedOrigins(value: unknown): ReadonlySet<string> {
  const given = checkedTexts(value, 'origins');
  for (const origin of given) {
    if (origin.includes('*') || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw invalidOption(
        `origins: "${origin}" is no origin; write the scheme, the host and a port that is not the scheme's own, in lower case and without a path, such as https://app.corp.test`,
      );
    }
  }
  return new Set(given);
}
