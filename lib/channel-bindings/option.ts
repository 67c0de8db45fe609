import { bytesOf, describe } from '../arguments';
import { secChannelBindings, isSecChannelBindings } from './structure';
import { tlsServerEndPoint } from './end-point';
import { invalidArgument, usageError } from '../errors/make';
import type { Role } from '../flags';
import type { TLSSocket } from 'node:tls';

/** What the option `channelBindings` takes. */
export type ChannelBindingsSource = NodeJS.ArrayBufferView | TLSSocket;

/** The SEC_CHANNEL_BINDINGS structure for an option's value. */
export function bindingsOption(source: ChannelBindingsSource | undefined, role: Role): Buffer | undefined {
  if (source === undefined) return undefined;
  if (ArrayBuffer.isView(source)) {
    const bytes = bytesOf(source, 'channelBindings');
    return isSecChannelBindings(bytes) ? Buffer.from(bytes) : secChannelBindings(bytes);
  }
  if (!isTlsSocket(source)) {
    throw invalidArgument(`channelBindings must be bytes or a tls.TLSSocket, not ${describe(source)}`);
  }
  return secChannelBindings(tlsServerEndPoint(serverCertificate(source, role)));
}

/** Both sides bind to the server's certificate: the initiator sees it as the peer's, the acceptor as its own. */
function serverCertificate(socket: TLSSocket, role: Role): Buffer {
  const certificate = role === 'initiator' ? socket.getPeerCertificate() : socket.getCertificate();
  const raw = (certificate as { raw?: Buffer } | null)?.raw; // an unconnected socket gives null or an empty object
  if (raw === undefined || raw.length === 0) {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'The TLS socket has no server certificate to bind to.', {
      hint: 'Wait for secureConnect (or secureConnection) and check that the socket is still open.',
    });
  }
  return raw;
}

function isTlsSocket(value: unknown): value is TLSSocket {
  if (typeof value !== 'object' || value === null) return false;
  const { getPeerCertificate, getCertificate } = value as Partial<TLSSocket>;
  return typeof getPeerCertificate === 'function' && typeof getCertificate === 'function';
}
