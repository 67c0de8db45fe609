import net from 'node:net';
import tls from 'node:tls';
import { once } from 'node:events';
import { Failure } from '../failure';
import { messageOf } from '../output/faults';

/** Opens a TCP connection. */
export async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  const socket = net.connect({ host, port, noDelay: true });
  // Those who wait for the socket are notified of errors; without a listener, an error in between would crash the process.
  socket.on('error', () => undefined);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    if (signal.aborted) throw cause;
    throw new Failure(
      'ERR_SSPI_CLI_CONNECT',
      `${host}:${port} could not be reached: ${reasonOf(cause)}.`,
      undefined,
      cause,
    );
  }
}

/** Options of {@link startTls}. */
export interface TlsOptions {
  readonly host: string;
  readonly authorities: string | undefined;
  readonly protocols?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Starts TLS on a connection. The certificate is not checked here (see `socket.authorized`), so that one that is not trusted
 * can be shown: see {@link requireTrust}.
 */
export async function startTls(socket: net.Socket, options: TlsOptions): Promise<tls.TLSSocket> {
  const { host, authorities, protocols, signal } = options;
  const secure = tls.connect({
    socket,
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(authorities === undefined ? {} : { ca: [...tls.rootCertificates, authorities] }),
    ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
    rejectUnauthorized: false,
  });
  secure.on('error', () => undefined);
  try {
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (cause) {
    secure.destroy();
    if (signal.aborted) throw cause;
    throw new Failure('ERR_SSPI_CLI_TLS', `TLS with ${host} failed: ${reasonOf(cause)}.`, undefined, cause);
  }
}

/** Refuses a server whose certificate is not trusted, because an attacker in between could relay the sign-on. */
export function requireTrust(secure: tls.TLSSocket, host: string): void {
  const { authorizationError: problem } = secure;
  if (secure.authorized) return;
  throw new Failure(
    'ERR_SSPI_CLI_CERTIFICATE',
    `The certificate of ${host} is not trusted: ${problemText(problem)}.`,
    'Pass its authority with --ca. --insecure continues anyway, and sends the tokens to whoever answers.',
  );
}

/** Why Node does not trust a certificate: an Error or its code, whatever the types say. */
export function problemText(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  return problem instanceof Error ? problem.message : 'unknown';
}

function reasonOf(error: unknown): string {
  const text = messageOf(error);
  return text === '' ? ((error as NodeJS.ErrnoException).code ?? 'unknown') : text;
}
