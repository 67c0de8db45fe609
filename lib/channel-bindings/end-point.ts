import { bytesOf } from '../arguments';
import { signatureHash } from './signature-hash';
import type { X509Certificate } from 'node:crypto';

/**
 * The channel binding `tls-server-end-point` (RFC 5929, section 4) of a TLS server's certificate: the prefix
 * `tls-server-end-point:` and the certificate's hash, made with the hash function of the certificate's own signature (MD5
 * and SHA-1 become SHA-256). Works on every platform.
 *
 * @param certificate The server's own certificate (not its issuer's): DER bytes, or node:crypto's X509Certificate.
 * @returns The application data for {@link secChannelBindings} or for the option `channelBindings`.
 * @throws {SspiError} ERR_SSPI_CHANNEL_BINDINGS when the bytes are no certificate, or when its signature has no separate hash
 * (Ed25519, Ed448), for which RFC 5929 defines no binding.
 * @example
 * ```ts
 * const channelBindings = tlsServerEndPoint(readFileSync('server.der'));
 * const server = accept(credentials, { channelBindings });
 * ```
 */
export function tlsServerEndPoint(certificate: NodeJS.ArrayBufferView | X509Certificate): Buffer {
  const der = ArrayBuffer.isView(certificate) ? certificate : (certificate as X509Certificate | undefined)?.raw;
  const bytes = bytesOf(der ?? certificate, 'certificate');
  const { createHash } = require('node:crypto') as typeof import('node:crypto');
  const hash = createHash(signatureHash(bytes)).update(bytes).digest();
  return Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash]);
}
