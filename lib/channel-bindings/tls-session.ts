import { derElement } from './der';

const sequence = 0x30;
const contextTag3 = 0xa3;

/**
 * The peer's certificate in a serialized TLS session: field 3 of OpenSSL's SSL_SESSION (d2i_SSL_SESSION(3); OpenSSL,
 * ssl/ssl_asn1.c). Undefined if the session has none.
 */
export function peerCertificateOf(session: Buffer): Buffer | undefined {
  const fields = derElement(session, 0);
  if (fields?.tag !== sequence) return undefined;
  let field = derElement(fields.content, 0);
  while (field !== undefined && field.tag !== contextTag3) field = derElement(fields.content, field.next);
  return field?.content;
}
