import { bytesOf } from '../arguments';
import { signatureHash } from './signature-hash';
import type { X509Certificate } from 'node:crypto';

/** See `tlsServerEndPoint` in index.ts. */
export function tlsServerEndPoint(certificate: NodeJS.ArrayBufferView | X509Certificate): Buffer {
  const der = ArrayBuffer.isView(certificate) ? certificate : (certificate as X509Certificate | undefined)?.raw;
  const bytes = bytesOf(der ?? certificate, 'certificate');
  const { createHash } = require('node:crypto') as typeof import('node:crypto');
  const hash = createHash(signatureHash(bytes)).update(bytes).digest();
  return Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash]);
}
