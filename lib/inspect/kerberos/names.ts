import { bitStringNames } from '../values';

/** Encryption types (RFC 3961 and the IANA registry; the negative ones are Microsoft's). */
export const etypeNames: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'des-cbc-crc',
  2: 'des-cbc-md4',
  3: 'des-cbc-md5',
  5: 'des3-cbc-md5',
  7: 'des3-cbc-sha1',
  9: 'dsaWithSHA1-CmsOID',
  10: 'md5WithRSAEncryption-CmsOID',
  11: 'sha1WithRSAEncryption-CmsOID',
  12: 'rc2CBC-EnvOID',
  13: 'rsaEncryption-EnvOID',
  14: 'rsaES-OAEP-ENV-OID',
  15: 'des-ede3-cbc-Env-OID',
  16: 'des3-cbc-sha1-kd',
  17: 'aes128-cts-hmac-sha1-96',
  18: 'aes256-cts-hmac-sha1-96',
  19: 'aes128-cts-hmac-sha256-128',
  20: 'aes256-cts-hmac-sha384-192',
  23: 'rc4-hmac',
  24: 'rc4-hmac-exp',
  25: 'camellia128-cts-cmac',
  26: 'camellia256-cts-cmac',
  65: 'subkey-keymaterial',
  [-128]: 'rc4-md4',
  [-133]: 'rc4-hmac-old',
  [-135]: 'rc4-hmac-old-exp',
};

/** The encryption types that are no longer secure. */
export function isWeakEtype(etype: number): boolean {
  return (etype >= 0 && etype <= 16) || etype === 23 || etype === 24 || etype < 0;
}

/** RFC 4120 section 6.2, RFC 6111, RFC 6806, MS-KILE. */
export const nameTypes: Readonly<Record<number, string>> = {
  0: 'NT-UNKNOWN',
  1: 'NT-PRINCIPAL',
  2: 'NT-SRV-INST',
  3: 'NT-SRV-HST',
  4: 'NT-SRV-XHST',
  5: 'NT-UID',
  6: 'NT-X500-PRINCIPAL',
  7: 'NT-SMTP-NAME',
  10: 'NT-ENTERPRISE',
  11: 'NT-WELLKNOWN',
  12: 'NT-SRV-HST-DOMAIN',
  [-128]: 'NT-MS-PRINCIPAL',
  [-129]: 'NT-MS-PRINCIPAL-AND-ID',
  [-130]: 'NT-ENT-PRINCIPAL-AND-ID',
};

/** APOptions (RFC 4120 section 5.5.1). */
export const apOptionNames: readonly string[] = bitStringNames({
  0: 'reserved',
  1: 'use-session-key',
  2: 'mutual-required',
});

/** KDCOptions (RFC 4120 section 5.4.1; 15 from RFC 6806, 14 from MS-SFU). */
export const kdcOptionNames: readonly string[] = bitStringNames({
  0: 'reserved',
  1: 'forwardable',
  2: 'forwarded',
  3: 'proxiable',
  4: 'proxy',
  5: 'allow-postdate',
  6: 'postdated',
  8: 'renewable',
  14: 'cname-in-addl-tkt',
  15: 'canonicalize',
  16: 'request-anonymous',
  26: 'disable-transited-check',
  27: 'renewable-ok',
  28: 'enc-tkt-in-skey',
  30: 'renew',
  31: 'validate',
});

/** PA-PAC-OPTIONS (MS-KILE 2.2.10). */
export const pacOptionNames: readonly string[] = bitStringNames({
  0: 'claims',
  1: 'branch-aware',
  2: 'forward-to-full-dc',
  3: 'resource-based-constrained-delegation',
});

/** Supported Encryption Types Bit Flags (MS-KILE 2.2.7). */
export const supportedEtypeNames: readonly string[] = [
  'des-cbc-crc',
  'des-cbc-md5',
  'rc4-hmac',
  'aes128-cts-hmac-sha1-96',
  'aes256-cts-hmac-sha1-96',
  'aes256-cts-hmac-sha1-96-sk',
  'aes128-cts-hmac-sha256-128',
  'aes256-cts-hmac-sha384-192',
  ...Array<string>(8).fill(''),
  'fast-supported',
  'compound-identity-supported',
  'claims-supported',
  'resource-sid-compression-disabled',
];

/** PA-DATA types (RFC 4120 section 7.5.2 and the IANA registry, MS-KILE, MS-SFU). */
export const paDataTypes: Readonly<Record<number, string>> = {
  1: 'PA-TGS-REQ',
  2: 'PA-ENC-TIMESTAMP',
  3: 'PA-PW-SALT',
  11: 'PA-ETYPE-INFO',
  14: 'PA-PK-AS-REQ-OLD',
  15: 'PA-PK-AS-REP-OLD',
  16: 'PA-PK-AS-REQ',
  17: 'PA-PK-AS-REP',
  19: 'PA-ETYPE-INFO2',
  20: 'PA-SVR-REFERRAL-INFO',
  111: 'TD-CMS-DIGEST-ALGORITHMS',
  128: 'PA-PAC-REQUEST',
  129: 'PA-FOR-USER',
  130: 'PA-FOR-X509-USER',
  132: 'PA-AS-CHECKSUM',
  133: 'PA-FX-COOKIE',
  134: 'PA-AUTHENTICATION-SET',
  136: 'PA-FX-FAST',
  137: 'PA-FX-ERROR',
  138: 'PA-ENCRYPTED-CHALLENGE',
  141: 'PA-OTP-CHALLENGE',
  142: 'PA-OTP-REQUEST',
  144: 'PA-OTP-PIN-CHANGE',
  147: 'PA-PKINIT-KX',
  149: 'PA-REQ-ENC-PA-REP',
  150: 'PA-AS-FRESHNESS',
  151: 'PA-SPAKE',
  161: 'KERB-KEY-LIST-REQ',
  162: 'KERB-KEY-LIST-REP',
  165: 'PA-SUPPORTED-ENCTYPES',
  166: 'PA-EXTENDED-ERROR',
  167: 'PA-PAC-OPTIONS',
  170: 'KERB-SUPERSEDED-BY-USER',
};

/** Microsoft's own types of TYPED-DATA (kerberr.h and kerbcon.h of Windows' Kerberos). */
export const mustUseUser2User = -128;
export const typedExtendedError = -129;

/** TYPED-DATA types (RFC 4120 section 7.5.4 and RFC 4556). */
export const typedDataTypes: Readonly<Record<number, string>> = {
  [mustUseUser2User]: 'TD-MUST-USE-USER2USER',
  [typedExtendedError]: 'TD-EXTENDED-ERROR',
  101: 'TD-PADATA',
  102: 'TD-PKINIT-CMS-CERTIFICATES',
  103: 'TD-KRB-PRINCIPAL',
  104: 'TD-TRUSTED-CERTIFIERS',
  105: 'TD-CERTIFICATE-INDEX',
  106: 'TD-APP-DEFINED-ERROR',
  107: 'TD-REQ-NONCE',
  108: 'TD-REQ-SEQ',
  109: 'TD-DH-PARAMETERS',
  111: 'TD-CMS-DIGEST-ALGORITHMS',
  112: 'TD-CERT-DIGEST-ALGORITHMS',
};

/** KERB-ERROR-DATA's data-type (MS-KILE 2.2.2). */
export const errorDataTypes: Readonly<Record<number, string>> = {
  2: 'KERB_AP_ERR_TYPE_SKEW_RECOVERY',
  3: 'KERB_ERR_TYPE_EXTENDED',
};
