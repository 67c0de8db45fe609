import { isIP, connect, type Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

/** Where a driver wants to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function dialTcp({ host, port }: Address, signal: AbortSignal): Promise<Socket> {
  return until(connect({ host, port, noDelay: true }), 'connect', signal);
}

/** Begins TLS over a connection; the certificate is checked as Node does. */
export function dialTls(
  socket: Socket,
  { host }: Address,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { connect: connectTls } = require('node:tls') as typeof import('node:tls');
  const name = isIP(host) === 0 ? { servername: host } : {};
  return until(connectTls({ host, ...name, ...options, socket }), 'secureConnect', signal);
}

/** The socket, once it is connected. An attempt that fails or is given up is destroyed. */
function until<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off('error', failed);
      socket.off('close', closed);
      signal.removeEventListener('abort', aborted);
    };
    const failed = (error: unknown): void => {
      done();
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const closed = (): void => failed(new Error('The connection was closed before TLS was established.'));
    const aborted = (): void => failed(signal.reason);
    socket.once('error', failed);
    socket.once('close', closed);
    socket.once(event, () => {
      done();
      resolve(socket);
    });
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
