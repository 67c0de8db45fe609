import { checkedTlsSocket } from './tls-socket';
import { usageError } from '../errors/make';
import type { TLSSocket } from 'node:tls';

/** RFC 9266, section 2. */
const label = 'EXPORTER-Channel-Binding';
const length = 32;

/** See `tlsExporter` in index.ts. */
export function tlsExporter(socket: TLSSocket): Buffer {
  checkedTlsSocket(socket);
  const version = socket.getProtocol();
  if (version !== null && version !== 'TLSv1.3') {
    throw usageError(
      'ERR_SSPI_CHANNEL_BINDINGS',
      `tls-exporter is safe only with TLS 1.3, and this is ${version} (RFC 9266, section 4.2).`,
      { hint: 'Use tls-server-end-point or tls-unique.' },
    );
  }
  return Buffer.concat([Buffer.from('tls-exporter:', 'latin1'), exported(socket)]);
}

function exported(socket: TLSSocket): Buffer {
  try {
    return socket.exportKeyingMaterial(length, label, Buffer.alloc(0));
  } catch (cause) {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'The TLS socket does not export keying material.', {
      cause,
      hint: 'Wait for secureConnect (or secureConnection), and check that the socket is still open.',
    });
  }
}
