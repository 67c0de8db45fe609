import { anyElement, context, element, integerHex, oid, sequence, tags } from '../der';
import type { Cursor } from '../reading';
import type { Draft } from '../values';
import { serverEndPoint } from './end-point';
import { pssDefaultHash, pssHashes, rsassaPss, signatureAlgorithms } from './signature-algorithms';
import type { Certificate, CertificateToken } from './types';

/** Attribute types of distinguished names, by their short names (RFC 4514 section 3, RFC 2985). */
const attributeNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { version [0] or serialNumber … */
export function looksLikeCertificate(c: Cursor): boolean {
  if (c.peek() !== tags.sequence) return false;
  const tbs = headerSize(c, 0);
  if (c.peek(tbs) !== tags.sequence) return false;
  const first = tbs + headerSize(c, tbs);
  if (c.peek(first) === tags.integer) return true;
  // TYPED-DATA also has an INTEGER in its [0], but no INTEGER after it.
  return c.peek(first) === 0xa0 && c.peek(first + 1) === 3 && c.peek(first + 5) === tags.integer;
}

function headerSize(c: Cursor, ahead: number): number {
  const length = c.peek(ahead + 1);
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}

export function readCertificateToken(c: Cursor, key: string): CertificateToken {
  const start = c.position;
  const token = c.enter<Draft<CertificateToken>>(key, { kind: 'certificate', offset: start });
  const { certificate, hash } = readSignedCertificate(c, 'certificate');
  token.certificate = certificate;
  token.length = c.position - start;
  if (hash !== undefined) token.tlsServerEndPoint = serverEndPoint(c.bytes.subarray(start, c.position), hash);
  token.notes = [];
  c.leave();
  return token as CertificateToken;
}

/** Reads the X.509 certificate at the cursor (RFC 5280 section 4.1). */
export function readCertificate(c: Cursor, key: string | number): Certificate {
  return readSignedCertificate(c, key).certificate;
}

/** With the hash function of its tls-server-end-point, if there is one. */
function readSignedCertificate(
  c: Cursor,
  key: string | number,
): { certificate: Certificate; hash: string | undefined } {
  const start = c.position;
  const certificate = c.enter<Draft<Certificate>>(key, {});
  const outer = sequence(c, '');
  const tbs = sequence(outer, '');
  if (tbs.peek() === 0xa0) anyElement(tbs, 'version');
  certificate.serialNumber = integerHex(tbs, 'serialNumber');
  sequence(tbs, 'signatureAlgorithm');
  certificate.issuer = readDistinguishedName(tbs, 'issuer');
  const validity = sequence(tbs, 'validity');
  certificate.notBefore = time(validity, 'notBefore');
  certificate.notAfter = time(validity, 'notAfter');
  certificate.subject = readDistinguishedName(tbs, 'subject');
  sequence(tbs, 'publicKey');
  const names = subjectAlternativeNames(tbs);
  if (names.length > 0) certificate.dnsNames = names;
  const identifier = sequence(outer, 'signatureAlgorithm');
  const algorithm = oid(identifier, 'signatureAlgorithm').oid;
  const [name, hash] = signatureAlgorithms[algorithm] ?? [];
  certificate.signatureAlgorithm = name === undefined ? { oid: algorithm } : { oid: algorithm, name };
  certificate.length = c.position - start;
  const signatureHash = algorithm === rsassaPss ? pssHash(identifier) : hash;
  c.leave();
  return { certificate: certificate as Certificate, hash: signatureHash };
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … } (RFC 4055 section 3.1). */
function pssHash(c: Cursor): string | undefined {
  if (c.peek() !== tags.sequence) return undefined;
  const parameters = sequence(c, 'signatureAlgorithm');
  if (parameters.peek() !== context(0)) return pssDefaultHash;
  const hash = sequence(element(parameters, context(0), 'signatureAlgorithm'), 'signatureAlgorithm');
  return pssHashes[oid(hash, 'signatureAlgorithm').oid];
}

/** The DNS names of the subjectAltName extension, the last field of the TBSCertificate. */
function subjectAlternativeNames(tbs: Cursor): string[] {
  const names: string[] = [];
  while (tbs.left > 0) {
    const isExtensions = tbs.peek() === 0xa3;
    const field = anyElement(tbs, 'extensions');
    if (!isExtensions) continue;
    const extensions = sequence(field, 'extensions');
    while (extensions.left > 0) {
      extensions.item('extensions');
      const extension = sequence(extensions, 'extensions');
      if (oid(extension, 'extensions').oid !== '2.5.29.17') continue;
      if (extension.peek() === tags.boolean) anyElement(extension, 'extensions');
      const general = sequence(element(extension, tags.octetString, 'dnsNames'), 'dnsNames');
      while (general.left > 0) {
        general.item('dnsNames');
        const isDns = general.peek() === 0x82;
        const value = anyElement(general, 'dnsNames');
        if (isDns) names.push(value.utf8(value.left, 'dnsNames'));
      }
    }
  }
  return names;
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }, written in the order of the certificate: `CN=…, O=…`. */
export function readDistinguishedName(c: Cursor, field: string): string {
  const parts: string[] = [];
  const rdns = sequence(c, field);
  while (rdns.left > 0) {
    const rdn = element(rdns, tags.set, field);
    while (rdn.left > 0) {
      rdn.item(field);
      const attribute = sequence(rdn, field);
      const type = oid(attribute, field).oid;
      const isUtf16 = attribute.peek() === 0x1e;
      const value = anyElement(attribute, field);
      const text = isUtf16 ? utf16be(value, field) : value.utf8(value.left, field);
      parts.push(`${attributeNames[type] ?? type}=${text}`);
    }
  }
  return parts.join(', ');
}

/** BMPString. */
function utf16be(c: Cursor, field: string): string {
  let text = '';
  while (c.left > 0) text += String.fromCharCode(c.u16be(field));
  return text;
}

/** UTCTime with a year of two digits (1950 to 2049), or GeneralizedTime. */
function time(c: Cursor, field: string): string {
  const at = c.position;
  const isShort = c.peek() === tags.utcTime;
  const content = element(c, isShort ? tags.utcTime : tags.generalizedTime, field);
  const digits = content.latin1(Math.min(content.left, 20), field);
  const year = isShort ? (digits < '50' ? '20' : '19') : '';
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(year + digits);
  if (parts === null) return c.malformed('not a time in UTC with seconds', at, field);
  return `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`;
}
