import { derElement } from './der';
import { usageError } from '../errors/make';
import type { SspiError } from '../errors/sspi-error';

/**
 * Hash functions of certificate signatures, by the OID of the signature algorithm: RFC 3279, 4055, 5758, 8692 and NIST's
 * register (2.16.840.1.101.3.4.3). RFC 5929 section 4.1 replaces MD5 and SHA-1 with SHA-256.
 */
const hashByOid: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'sha256', // md2WithRSAEncryption
  '1.2.840.113549.1.1.4': 'sha256', // md5WithRSAEncryption
  '1.2.840.113549.1.1.5': 'sha256', // sha1WithRSAEncryption
  '1.3.14.3.2.3': 'sha256', // md5WithRSA (OIW)
  '1.3.14.3.2.29': 'sha256', // sha1WithRSASignature (OIW)
  '1.3.14.3.2.27': 'sha256', // dsaWithSHA1 (OIW)
  '1.2.840.10040.4.3': 'sha256', // dsa-with-sha1
  '1.2.840.10045.4.1': 'sha256', // ecdsa-with-SHA1
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.113549.1.1.15': 'sha512-224',
  '1.2.840.113549.1.1.16': 'sha512-256',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '2.16.840.1.101.3.4.3.1': 'sha224', // dsa-with-sha224
  '2.16.840.1.101.3.4.3.2': 'sha256',
  '2.16.840.1.101.3.4.3.3': 'sha384',
  '2.16.840.1.101.3.4.3.4': 'sha512',
  '2.16.840.1.101.3.4.3.5': 'sha3-224', // id-dsa-with-sha3-224
  '2.16.840.1.101.3.4.3.6': 'sha3-256',
  '2.16.840.1.101.3.4.3.7': 'sha3-384',
  '2.16.840.1.101.3.4.3.8': 'sha3-512',
  '2.16.840.1.101.3.4.3.9': 'sha3-224', // id-ecdsa-with-sha3-224
  '2.16.840.1.101.3.4.3.10': 'sha3-256',
  '2.16.840.1.101.3.4.3.11': 'sha3-384',
  '2.16.840.1.101.3.4.3.12': 'sha3-512',
  '2.16.840.1.101.3.4.3.13': 'sha3-224', // id-rsassa-pkcs1-v1_5-with-sha3-224
  '2.16.840.1.101.3.4.3.14': 'sha3-256',
  '2.16.840.1.101.3.4.3.15': 'sha3-384',
  '2.16.840.1.101.3.4.3.16': 'sha3-512',
};

const rsassaPss = '1.2.840.113549.1.1.10';

/** Hash functions by their own OID, as RSASSA-PSS parameters name them; MD5 and SHA-1 replaced as above. */
const hashByHashOid: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'sha256', // md5
  '1.3.14.3.2.26': 'sha256', // sha1
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};

/** Signatures whose hash is not a parameter of the certificate: RFC 5929 leaves the binding undefined. */
const withoutHash: Readonly<Record<string, string>> = {
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

const sequence = 0x30;
const objectIdentifier = 0x06;
const contextTag0 = 0xa0;

/** The name, for node:crypto, of the hash that RFC 5929 prescribes for a certificate in DER. */
export function signatureHash(certificate: Buffer): string {
  const [body] = read(certificate, 0, sequence);
  const [, afterTbs] = read(body, 0, sequence);
  const [algorithm] = read(body, afterTbs, sequence);
  const [oidBytes, afterOid] = read(algorithm, 0, objectIdentifier);
  const oid = decodeOid(oidBytes);
  const hash = oid === rsassaPss ? pssHash(algorithm.subarray(afterOid)) : hashByOid[oid];
  if (hash !== undefined) return hash;
  throw bindingsError(
    `RFC 5929 defines no tls-server-end-point for a certificate signed with ${withoutHash[oid] ?? oid}.`,
  );
}

/** RSASSA-PSS-params (RFC 4055): SEQUENCE { [0] hashAlgorithm AlgorithmIdentifier DEFAULT sha1, … } */
function pssHash(parameters: Buffer): string | undefined {
  const [fields] = read(parameters, 0, sequence);
  if (fields[0] !== contextTag0) return hashByHashOid['1.3.14.3.2.26'];
  const [explicit] = read(fields, 0, contextTag0);
  const [hashAlgorithm] = read(explicit, 0, sequence);
  return hashByHashOid[decodeOid(read(hashAlgorithm, 0, objectIdentifier)[0])];
}

/** One DER element with the expected tag: its content, and where the next element starts. */
function read(der: Buffer, at: number, tag: number): [content: Buffer, next: number] {
  const element = derElement(der, at);
  if (element?.tag !== tag) throw malformed();
  return [element.content, element.next];
}

function decodeOid(bytes: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - first * 40);
    } else {
      arcs.push(arc);
    }
    arc = 0;
  }
  return arcs.join('.');
}

function malformed(): SspiError {
  return bindingsError('The certificate is not an X.509 certificate in DER.');
}

function bindingsError(message: string): SspiError {
  return usageError('ERR_SSPI_CHANNEL_BINDINGS', message);
}
