/**
 * Signature algorithms of certificates: the name, and the hash function of tls-server-end-point as node:crypto calls it. That
 * is the hash of the signature, but SHA-256 instead of MD5 and SHA-1 (RFC 5929 section 4.1). Ed25519 and the like have none.
 * Sources: RFC 3279, 4055, 5758, 8410, 8692 and NIST's register.
 */
export const signatureAlgorithms: Readonly<Record<string, readonly [name: string, hash?: string]>> = {
  '1.2.840.113549.1.1.2': ['md2WithRSAEncryption', 'sha256'],
  '1.2.840.113549.1.1.4': ['md5WithRSAEncryption', 'sha256'],
  '1.2.840.113549.1.1.5': ['sha1WithRSAEncryption', 'sha256'],
  '1.2.840.113549.1.1.10': ['rsassaPss'],
  '1.2.840.113549.1.1.11': ['sha256WithRSAEncryption', 'sha256'],
  '1.2.840.113549.1.1.12': ['sha384WithRSAEncryption', 'sha384'],
  '1.2.840.113549.1.1.13': ['sha512WithRSAEncryption', 'sha512'],
  '1.2.840.113549.1.1.14': ['sha224WithRSAEncryption', 'sha224'],
  '1.2.840.113549.1.1.15': ['sha512-224WithRSAEncryption', 'sha512-224'],
  '1.2.840.113549.1.1.16': ['sha512-256WithRSAEncryption', 'sha512-256'],
  '1.2.840.10040.4.3': ['dsa-with-sha1', 'sha256'],
  '1.2.840.10045.4.1': ['ecdsa-with-SHA1', 'sha256'],
  '1.2.840.10045.4.3.1': ['ecdsa-with-SHA224', 'sha224'],
  '1.2.840.10045.4.3.2': ['ecdsa-with-SHA256', 'sha256'],
  '1.2.840.10045.4.3.3': ['ecdsa-with-SHA384', 'sha384'],
  '1.2.840.10045.4.3.4': ['ecdsa-with-SHA512', 'sha512'],
  '1.3.14.3.2.3': ['md5WithRSA', 'sha256'],
  '1.3.14.3.2.27': ['dsaWithSHA1', 'sha256'],
  '1.3.14.3.2.29': ['sha1WithRSA', 'sha256'],
  '1.3.101.112': ['Ed25519'],
  '1.3.101.113': ['Ed448'],
  '2.16.840.1.101.3.4.3.1': ['dsa-with-sha224', 'sha224'],
  '2.16.840.1.101.3.4.3.2': ['dsa-with-sha256', 'sha256'],
  '2.16.840.1.101.3.4.3.3': ['dsa-with-sha384', 'sha384'],
  '2.16.840.1.101.3.4.3.4': ['dsa-with-sha512', 'sha512'],
  '2.16.840.1.101.3.4.3.5': ['dsa-with-sha3-224', 'sha3-224'],
  '2.16.840.1.101.3.4.3.6': ['dsa-with-sha3-256', 'sha3-256'],
  '2.16.840.1.101.3.4.3.7': ['dsa-with-sha3-384', 'sha3-384'],
  '2.16.840.1.101.3.4.3.8': ['dsa-with-sha3-512', 'sha3-512'],
  '2.16.840.1.101.3.4.3.9': ['ecdsa-with-sha3-224', 'sha3-224'],
  '2.16.840.1.101.3.4.3.10': ['ecdsa-with-sha3-256', 'sha3-256'],
  '2.16.840.1.101.3.4.3.11': ['ecdsa-with-sha3-384', 'sha3-384'],
  '2.16.840.1.101.3.4.3.12': ['ecdsa-with-sha3-512', 'sha3-512'],
  '2.16.840.1.101.3.4.3.13': ['rsassa-pkcs1-v1_5-with-sha3-224', 'sha3-224'],
  '2.16.840.1.101.3.4.3.14': ['rsassa-pkcs1-v1_5-with-sha3-256', 'sha3-256'],
  '2.16.840.1.101.3.4.3.15': ['rsassa-pkcs1-v1_5-with-sha3-384', 'sha3-384'],
  '2.16.840.1.101.3.4.3.16': ['rsassa-pkcs1-v1_5-with-sha3-512', 'sha3-512'],
  '2.16.840.1.101.3.4.3.17': ['ML-DSA-44'],
  '2.16.840.1.101.3.4.3.18': ['ML-DSA-65'],
  '2.16.840.1.101.3.4.3.19': ['ML-DSA-87'],
};

export const rsassaPss = '1.2.840.113549.1.1.10';

/** The hash of RSASSA-PSS parameters that name none: SHA-1, which is replaced as above. */
export const pssDefaultHash = 'sha256';

/** Hash functions by their own identifiers, as RSASSA-PSS parameters name them; MD5 and SHA-1 replaced as above. */
export const pssHashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'sha256',
  '1.3.14.3.2.26': 'sha256',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};
