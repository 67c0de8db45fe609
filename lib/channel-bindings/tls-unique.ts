import { checkedTlsSocket } from './tls-socket';
import { describe } from '../arguments';
import { invalidArgument, usageError } from '../errors/make';
import type { Role } from '../flags/sides';
import type { TLSSocket } from 'node:tls';

/** See `tlsUnique` in index.ts. */
export function tlsUnique(socket: TLSSocket, role: Role): Buffer {
  checkedTlsSocket(socket);
  if (role !== 'initiator' && role !== 'acceptor') {
    throw invalidArgument(`role must be 'initiator' or 'acceptor', not ${describe(role)}`);
  }
  const version = socket.getProtocol();
  if (version === 'TLSv1.3') {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'tls-unique is not defined for TLS 1.3 (RFC 8446, appendix C.5).', {
      hint: 'Use tls-server-end-point or tls-exporter, or limit the connection to TLS 1.2.',
    });
  }
  const finished = firstFinished(socket, role);
  // Null once the socket is closed, whatever the types say.
  if (!finished?.length) {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'The TLS handshake is not complete: there is no tls-unique yet.', {
      hint: 'Wait for secureConnect (or secureConnection), and check that the socket is still open.',
    });
  }
  return Buffer.concat([Buffer.from('tls-unique:', 'latin1'), finished]);
}

/**
 * The first Finished message of the handshake (RFC 5929, section 3): that of the client in a full handshake, that of the server
 * if a session is resumed. The initiator of the sign-on is also the client of TLS.
 */
function firstFinished(socket: TLSSocket, role: Role): Buffer | undefined {
  const ownIsFirst = (role === 'initiator') !== socket.isSessionReused();
  return ownIsFirst ? socket.getFinished() : socket.getPeerFinished();
}
