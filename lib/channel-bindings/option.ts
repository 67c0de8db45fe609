import { bytesOf, describe } from '../arguments';
import { secChannelBindings, isSecChannelBindings } from './structure';
import { peerCertificateOf } from './tls-session';
import { tlsServerEndPoint } from './end-point';
import { invalidArgument, usageError } from '../errors/make';
import type { Role } from '../flags/sides';
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

/**
 * Both sides bind to the server's certificate: the initiator sees it as the peer's, the acceptor as its own. A resumed
 * session sends no certificate; it stands for the one of the handshake that it resumes (RFC 5929, section 4).
 */
function serverCertificate(socket: TLSSocket, role: Role): Buffer {
  const raw = role === 'initiator' ? peerCertificate(socket) : ownCertificate(socket);
  if (raw === undefined || raw.length === 0) {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'The TLS socket has no server certificate to bind to.', {
      hint: 'Wait for secureConnect (or secureConnection) and check that the socket is still open.',
    });
  }
  return raw;
}

/** An unconnected socket gives null or an empty object, and so does Node for a resumed session. */
function peerCertificate(socket: TLSSocket): Buffer | undefined {
  const { raw } = (socket.getPeerCertificate() as { raw?: Buffer } | null) ?? {};
  if (raw !== undefined || !isResumed(socket)) return raw;
  const session = socket.getSession();
  return session && peerCertificateOf(session);
}

/**
 * Node chooses a certificate by SNI in full handshakes only: with a resumed session getCertificate() is the default one,
 * whichever the client saw, and nothing tells which that was.
 */
function ownCertificate(socket: TLSSocket): Buffer | undefined {
  if (isResumed(socket) && choosesBySni(socket)) {
    throw usageError(
      'ERR_SSPI_CHANNEL_BINDINGS',
      'The TLS session was resumed, and it is not known which of the server’s certificates the client saw.',
      {
        hint: 'Pass tlsServerEndPoint(certificate) with the certificate for the name that the client asked for, use one certificate for all names, or turn resumption off (secureOptions: SSL_OP_NO_TICKET, and no resumeSession listener).',
      },
    );
  }
  return (socket.getCertificate() as { raw?: Buffer } | null)?.raw;
}

function isResumed(socket: TLSSocket): boolean {
  return typeof socket.isSessionReused === 'function' && socket.isSessionReused();
}

/**
 * Node's own mark: null where no addContext() and no SNICallback can make the certificate another than the default one
 * (lib/_tls_wrap.js, TLSSocket.prototype._init). A socket without that mark may choose.
 */
function choosesBySni(socket: TLSSocket): boolean {
  return (socket as { _SNICallback?: unknown })._SNICallback !== null;
}

function isTlsSocket(value: unknown): value is TLSSocket {
  if (typeof value !== 'object' || value === null) return false;
  const { getPeerCertificate, getCertificate } = value as Partial<TLSSocket>;
  return typeof getPeerCertificate === 'function' && typeof getCertificate === 'function';
}
