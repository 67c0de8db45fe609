import { certificateOf } from './certificate';
import { connectTcp, requireTrust, startTls } from '../protocols/connect';
import type { Session } from './session';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { UrlTarget } from './target';

export interface Connection {
  readonly socket: Socket;
  /** The same connection, if it is one of TLS. */
  readonly secure: TLSSocket | undefined;
}

/** Connects to a service, and shows its certificate: also the one that is then refused. */
export async function openConnection(
  { host, port, tls }: UrlTarget,
  session: Session,
  protocols?: readonly string[],
): Promise<Connection> {
  const { settings, signal, findings } = session;
  const place = `${host}:${port}`;
  const socket = await session.timed('connect', `connecting to ${place}`, () => connectTcp(host, port, signal));
  session.onEnd(() => socket.destroy());
  if (!tls) return { socket, secure: undefined };
  const options = {
    host,
    authorities: settings.authorities,
    signal,
    ...(protocols === undefined ? {} : { protocols }),
  };
  const secure = await session.timed('tls', `starting TLS with ${place}`, () => startTls(socket, options));
  findings.certificate = certificateOf(secure, settings.channelBindings);
  if (!settings.insecure) requireTrust(secure, host);
  return { socket: secure, secure };
}
