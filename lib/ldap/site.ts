import dgram from 'node:dgram';
import { randomInt } from 'node:crypto';
import { pingRequest, readPing } from '../wire/ldap-ping';

/** A controller to ask. */
export interface Pinged {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/**
 * Asks a domain controller for the site of this machine: it finds the machine's address among the subnets of the sites.
 *
 * @param domain As of `pingRequest`.
 * @param timeout In milliseconds.
 * @returns Undefined if there is no answer in time, or it names no site.
 */
export function askForSite(
  { address, family, port }: Pinged,
  domain: string | undefined,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const id = randomInt(1, 0x7fffffff);
    const socket = dgram.createSocket(family === 4 ? 'udp4' : 'udp6');
    let ended = false;
    const end = (site?: string): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.removeAllListeners('message').close();
      resolve(site);
    };
    const aborted = (): void => end();
    const timer = setTimeout(() => end(), timeout);
    signal?.addEventListener('abort', aborted, { once: true });
    // Such as ICMP's "port unreachable".
    socket.on('error', () => end());
    socket.on('message', (datagram) => {
      try {
        end(readPing(datagram, id));
      } catch {
        // Anybody can send datagrams: the answer may still come.
      }
    });
    // A connected socket receives datagrams of that address only.
    socket.connect(port, address, () => socket.send(pingRequest(id, domain)));
  });
}
