import { bytesOf, checkedOptions, describe } from '../arguments';
import { secChannelBindings, isSecChannelBindings } from './structure';
import { isTlsSocket } from './tls-socket';
import { peerCertificateOf } from './tls-session';
import { tlsExporter } from './tls-exporter';
import { tlsServerEndPoint } from './end-point';
import { tlsUnique } from './tls-unique';
import { invalidArgument, usageError } from '../errors/make';
import type { Role } from '../flags/sides';
import type { TLSSocket } from 'node:tls';

/**
 * The kinds of channel binding (IANA's register of channel binding types). `tls-server-end-point` (RFC 5929) binds to the
 * server's certificate; `tls-unique` (RFC 5929) and `tls-exporter` (RFC 9266) bind to the connection itself, the first up to
 * TLS 1.2, the second from TLS 1.3 on.
 */
export type ChannelBindingType = 'tls-server-end-point' | 'tls-unique' | 'tls-exporter';

/** A TLS socket, and the type of its channel binding. */
export interface ChannelBindingsOfSocket {
  readonly socket: TLSSocket;
  /** Both sides must use the same one. Default: `'tls-server-end-point'`, which Windows' own services use. */
  readonly type?: ChannelBindingType | undefined;
}

/** The values of the option `channelBindings`. */
export type ChannelBindingsSource = NodeJS.ArrayBufferView | TLSSocket | ChannelBindingsOfSocket;

/** The SEC_CHANNEL_BINDINGS structure for an option's value. */
export function bindingsOption(source: ChannelBindingsSource | undefined, role: Role): Buffer | undefined {
  if (source === undefined) return undefined;
  if (ArrayBuffer.isView(source)) {
    const bytes = bytesOf(source, 'channelBindings');
    return isSecChannelBindings(bytes) ? Buffer.from(bytes) : secChannelBindings(bytes);
  }
  const { socket, type } = isTlsSocket(source) ? { socket: source, type: undefined } : checkedSource(source);
  return secChannelBindings(dataOf(socket, type ?? 'tls-server-end-point', role));
}

const types: readonly unknown[] = ['tls-server-end-point', 'tls-unique', 'tls-exporter'] satisfies ChannelBindingType[];

function checkedSource(source: ChannelBindingsOfSocket): ChannelBindingsOfSocket {
  if (typeof source !== 'object' || source === null || !isTlsSocket(source.socket)) {
    throw invalidArgument(
      `channelBindings must be bytes, a tls.TLSSocket or { socket, type } with one, not ${describe(source)}`,
    );
  }
  checkedOptions(source, 'channelBindings', ['socket', 'type']);
  if (source.type !== undefined && !types.includes(source.type)) {
    throw invalidArgument(`channelBindings.type must be ${types.map((type) => `'${String(type)}'`).join(', ')}`);
  }
  return source;
}

function dataOf(socket: TLSSocket, type: ChannelBindingType, role: Role): Buffer {
  switch (type) {
    case 'tls-unique':
      return tlsUnique(socket, role);
    case 'tls-exporter':
      return tlsExporter(socket);
    case 'tls-server-end-point':
      return tlsServerEndPoint(serverCertificate(socket, role));
  }
}

/**
 * Both sides bind to the server's certificate: for the client it is the peer's, for the server its own. A resumed session sends
 * no certificate; the binding is that of the handshake that it resumes (RFC 5929, section 4).
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

/** An unconnected socket returns null or an empty object, and so does Node for a resumed session. */
function peerCertificate(socket: TLSSocket): Buffer | undefined {
  const { raw } = (socket.getPeerCertificate() as { raw?: Buffer } | null) ?? {};
  if (raw !== undefined || !isResumed(socket)) return raw;
  const session = socket.getSession();
  return session && peerCertificateOf(session);
}

/**
 * Node chooses a certificate by SNI only in full handshakes. With a resumed session getCertificate() returns the default one,
 * whichever one the client saw, and there is no way to find out which that was.
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
 * Node's internal property: null if neither addContext() nor SNICallback can select another certificate than the default one
 * (lib/_tls_wrap.js, TLSSocket.prototype._init). A socket without the property counts as one that may choose.
 */
function choosesBySni(socket: TLSSocket): boolean {
  return (socket as { _SNICallback?: unknown })._SNICallback !== null;
}
