import { createHash } from 'node:crypto';
import { ntlmChannelBindings } from '../bindings-hash';
import type { TlsServerEndPoint } from './types';

/**
 * The hash of tls-server-end-point by the certificate's signature algorithm: that of the signature, but SHA-256 in the
 * place of MD5 and SHA-1 (RFC 5929 section 4.1).
 */
const endPointHashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'sha256',
  '1.2.840.113549.1.1.5': 'sha256',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10040.4.3': 'sha256',
  '1.2.840.10045.4.1': 'sha256',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.14.3.2.29': 'sha256',
};

/** The channel bindings of a TLS session in which the server showed this certificate. */
export function serverEndPoint(der: Uint8Array, signatureOid: string): TlsServerEndPoint | undefined {
  const hashAlgorithm = endPointHashes[signatureOid];
  if (hashAlgorithm === undefined) return undefined;
  const hash = createHash(hashAlgorithm).update(der).digest();
  const applicationData = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash]);
  return { hashAlgorithm, hash: hash.toString('hex'), ntlmChannelBindings: ntlmChannelBindings(applicationData) };
}
