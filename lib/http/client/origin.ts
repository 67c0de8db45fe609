/** Origins (RFC 6454): the places that credentials are given to. */
import net from 'node:net';
import { checkedTexts, invalidOption } from '../check';
import { urlHost } from './url-host';

/** The origins of an option, as URLs write them. @throws ERR_SSPI_INVALID_ARGUMENT for anything but exact origins. */
export function checkedOrigins(value: unknown, name: string): ReadonlySet<string> {
  const given = checkedTexts(value, name);
  for (const origin of given) {
    if (
      origin.includes('*') ||
      !URL.canParse(origin) ||
      new URL(origin).origin !== origin ||
      !/^https?:/.test(origin)
    ) {
      throw invalidOption(
        `${name}: "${origin}" is no origin; write the scheme, the host and a port that is not the scheme's own, in lower case and without a path, such as https://web.corp.test`,
      );
    }
  }
  return new Set(given);
}

/** The origin of a connection. */
export function originOf({
  secure,
  host,
  port,
}: {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}): string {
  const scheme = secure ? 'https' : 'http';
  const url = `${scheme}://${urlHost(host)}:${port}`;
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Is the host of this origin an IP address, in whichever notation? It has no service principal name. */
export function isAddress(origin: string): boolean {
  const { hostname } = new URL(origin);
  // URL has turned 0x7f.1 and 2130706433 into four numbers.
  return hostname.startsWith('[') || net.isIPv4(hostname);
}
