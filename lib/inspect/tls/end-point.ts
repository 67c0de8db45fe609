import { createHash } from 'node:crypto';
import { ntlmChannelBindings } from '../bindings-hash';
import type { TlsServerEndPoint } from './types';

/** The channel bindings of a TLS session in which the server showed this certificate (RFC 5929 section 4.1). */
export function serverEndPoint(der: Uint8Array, hashAlgorithm: string): TlsServerEndPoint {
  const hash = createHash(hashAlgorithm).update(der).digest();
  const applicationData = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash]);
  return { hashAlgorithm, hash: hash.toString('hex'), ntlmChannelBindings: ntlmChannelBindings(applicationData) };
}
