import net from 'node:net';
import tls from 'node:tls';
import { SspiError } from '../../../index';
import { proxyRefused } from './refused';
import type { ProxyServer, Route } from './server';

/** Options of {@link openConnection}. */
export interface ConnectionOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long connecting may take, TLS included, in milliseconds. */
  readonly timeout: number;
  /** For a proxy that is reached by TLS, such as `ca`. */
  readonly tls?: tls.ConnectionOptions | undefined;
  /** Makes the connections to proxies without TLS. Default: net.connect. */
  readonly connect?: ((place: { readonly host: string; readonly port: number }) => net.Socket) | undefined;
}

const unreachable = new WeakSet<Error>();

/**
 * Connects to a proxy. Its certificate must be trusted.
 * @throws {SspiError} ERR_SSPI_PROXY_REFUSED where it cannot be reached, ERR_SSPI_PEER_TIMEOUT, ERR_SSPI_ABORTED.
 */
export async function openConnection(proxy: ProxyServer, options: ConnectionOptions): Promise<net.Socket> {
  const { signal, timeout, connect = net.connect } = options;
  if (signal?.aborted === true) throw abortedError(signal);
  const { host, port, secure, origin } = proxy;
  const socket = secure
    ? tls.connect({
        ALPNProtocols: ['http/1.1'],
        ...options.tls,
        host,
        port,
        ...(net.isIP(host) === 0 ? { servername: host } : {}),
      })
    : connect({ host, port });
  socket.setNoDelay(true);
  // While nobody reads it, as during a leg, an error must not end the process: whoever reads next finds the socket closed.
  socket.on('error', () => undefined);
  try {
    await connected(socket, secure ? 'secureConnect' : 'connect', signal, timeout, origin);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Marks what a way failed with, so that the next one is tried: no connection came about. */
export function notReached<E extends Error>(error: E): E {
  unreachable.add(error);
  return error;
}

/**
 * Tries routes in their order. Only a proxy that cannot be reached leads to the next one; one that refuses does not.
 * @throws What the last route failed with.
 */
export async function tryRoutes<T>(routes: readonly Route[], take: (route: Route) => Promise<T>): Promise<T> {
  let last: unknown = proxyRefused('There is no route.');
  for (const route of routes) {
    try {
      return await take(route);
    } catch (error) {
      if (!(error instanceof Error) || !unreachable.has(error)) throw error;
      last = error;
    }
  }
  throw last;
}

export function abortedError(signal: AbortSignal): SspiError {
  return new SspiError({
    code: 'ERR_SSPI_ABORTED',
    message: 'The operation was aborted.',
    cause: signal.reason as unknown,
  });
}

function connected(
  socket: net.Socket,
  event: string,
  signal: AbortSignal | undefined,
  timeout: number,
  origin: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off(event, onConnect).off('error', onError).off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const failed = (cause: unknown): void => {
      end(notReached(proxyRefused(`The proxy ${origin} could not be reached.`, { cause })));
    };
    const onConnect = (): void => end();
    const onError = (cause: Error): void => failed(cause);
    const onClose = (): void => failed(new Error('The connection was closed.'));
    const onAbort = (): void => end(abortedError(signal as AbortSignal));
    const timer = setTimeout(() => {
      const message = `The proxy ${origin} accepted no connection within ${timeout} ms.`;
      end(notReached(new SspiError({ code: 'ERR_SSPI_PEER_TIMEOUT', message })));
    }, timeout);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once(event, onConnect).once('error', onError).once('close', onClose);
  });
}
