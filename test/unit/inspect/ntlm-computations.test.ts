/** The computations of NTLM against published values and, where there is one, against OpenSSL. */
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { des, rc4 } from '#lib/inspect/ntlm/ciphers';
import { crc32, hmacMd5, md4, md5 } from '#lib/inspect/ntlm/digests';
import * as ntlm from '#lib/inspect/ntlm/keys';
import { upperCase } from '#lib/inspect/ntlm/upper-case';
import { hex, knownAnswers } from './support/data';
import { avEol, avPair, flags as f, ntlmV2Response, utf16 } from './support/ntlm';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('upper case as Windows has it', () => {
  test.each([
    ['letters of Latin, Greek, Cyrillic and Armenian', 'aäÿšǆσжѐա', 'AÄŸŠǄΣЖЀԱ'],
    ['letters that are not the lower case of their capital', 'ıµſςϐßẛǅ', 'ıµſςϐßẛǅ'],
    ['an iota subscript, which stays one character', 'ᾀᾳῃῳ', 'ᾈᾼῌῼ'],
    ['capitals younger than the table: Georgian, Cherokee, Latin', 'აჺꭰɜꞔɪ', 'აჺꭰɜꞔɪ'],
    ['letters beyond the first plane', '𐐨', '𐐨'],
    ['fullwidth, circled and Roman letters', 'ａⓐⅷ', 'ＡⒶⅧ'],
    ['letters of the table that pairs skip', 'ŉǰƀȼ', 'ŉǰɃȻ'],
  ])('%s', (_, text, expected) => expect(upperCase(text)).toBe(expected));

  test('never changes the length, and is the same done twice', () => {
    const all = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).join('');
    const capitals = upperCase(all);
    expect(capitals).toHaveLength(all.length);
    expect(upperCase(capitals)).toBe(capitals);
    // 973 of the 65,536 units have a capital in the table.
    expect([...Array(0x10000).keys()].filter((unit) => all[unit] !== capitals[unit])).toHaveLength(973);
  });
});

describe('primitives', () => {
  test.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      'e33b4ddc9c38f2199c3e7b164fcc0536',
    ],
  ])('MD4 of RFC 1320: %s', (text, digest) => expect(md4(ascii(text)).toString('hex')).toBe(digest));

  test('MD5 and HMAC-MD5 are those of OpenSSL, for every length around the block', () => {
    for (let size = 0; size <= 200; size += 1) {
      const data = randomBytes(size);
      const key = randomBytes((size * 7) % 150);
      expect(md5(data)).toEqual(createHash('md5').update(data).digest());
      expect(hmacMd5(key, data)).toEqual(createHmac('md5', key).update(data).digest());
    }
  });

  test('DES is that of OpenSSL (three equal keys make 3DES one DES)', () => {
    for (let i = 0; i < 64; i += 1) {
      const key = randomBytes(7);
      const block = randomBytes(8);
      // Each 7 bits get a parity bit.
      const bits = [...key].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const withParity = Buffer.from((bits.match(/.{7}/g) as string[]).map((seven) => parseInt(`${seven}0`, 2)));
      const cipher = createCipheriv(
        'des-ede3-ecb',
        Buffer.concat([withParity, withParity, withParity]),
        null,
      ).setAutoPadding(false);
      expect(des(key, block)).toEqual(cipher.update(block));
    }
  });

  test.each([
    ['0102030405', 'b2396305f03dc027ccc3524a0a1118a8'],
    ['01020304050607', '293f02d47f37c9b633f2af5285feb46b'],
    ['0102030405060708090a0b0c0d0e0f10', '9ac7cc9a609d1ef7b2932899cde41b97'],
  ])('RC4 of RFC 6229, key %s', (key, stream) => {
    expect(rc4(hex(key), Buffer.alloc(16)).toString('hex')).toBe(stream);
  });

  test('CRC-32', () => {
    expect(crc32(ascii('123456789'))).toBe(0xcbf43926);
    const data = randomBytes(100);
    // Node has one of its own from 22.2 on.
    if (zlibCrc32 as unknown) expect(crc32(data)).toBe(zlibCrc32(data));
  });
});

const { inputs, v1, v1_ess: ess, v2 } = knownAnswers.ms_nlmp_4_2;
const serverChallenge = hex(inputs.serverChallenge);
const clientChallenge = hex(inputs.clientChallenge);
const randomSessionKey = hex(inputs.randomSessionKey);
const plaintext = utf16(inputs.plaintextUtf16);
const text = (data: Buffer | undefined): string | undefined => data?.toString('hex');

const common =
  f.keyExchange | f.key56 | f.version | f.targetServer | f.alwaysSign | f.ntlm | f.seal | f.sign | f.oem | f.unicode;

describe('MS-NLMP 4.2.2: NTLMv1', () => {
  const flags = common | f.key128;
  const lmHash = ntlm.lmowfV1(inputs.password);
  const ntHash = ntlm.ntowfV1(inputs.password);
  const sessionBaseKey = md4(ntHash);
  const lmResponse = ntlm.desl(lmHash, serverChallenge);

  test('hashes and responses', () => {
    expect(text(lmHash)).toBe(v1['LMOWF']);
    expect(text(ntHash)).toBe(v1['NTOWF']);
    expect(text(ntlm.desl(ntHash, serverChallenge))).toBe(v1['NtResponse']);
    expect(text(lmResponse)).toBe(v1['LmResponse']);
    expect(text(sessionBaseKey)).toBe(v1['SessionBaseKey']);
  });

  test('key exchange keys and the encrypted session keys', () => {
    const kx = (extra: number): Buffer =>
      ntlm.kxKey(flags | extra, sessionBaseKey, lmHash, lmResponse, serverChallenge);
    expect(text(kx(0))).toBe(v1['SessionBaseKey']);
    expect(text(rc4(kx(0), randomSessionKey))).toBe(v1['EncryptedSessionKey']);
    expect(text(rc4(kx(f.requestNonNtSessionKey), randomSessionKey))).toBe(v1['EncryptedSessionKey_nonNT']);
    expect(text(kx(f.lmKey))).toBe(v1['KXKEY_LM']);
    expect(text(rc4(kx(f.lmKey), randomSessionKey))).toBe(v1['EncryptedSessionKey_LM']);
  });

  test('sealing', () => {
    const { sealed, signature } = new ntlm.MessageSecurity(flags, randomSessionKey, 'client').seal(plaintext);
    expect(text(sealed)).toBe(v1['sealed']);
    expect(text(signature)).toBe(v1['signature']);
  });
});

describe('MS-NLMP 4.2.3: NTLMv1 with extended session security', () => {
  const flags = (common & ~f.keyExchange) | f.ess;
  const ntHash = ntlm.ntowfV1(inputs.password);
  const lmResponse = Buffer.concat([clientChallenge, Buffer.alloc(16)]);
  const kx = ntlm.kxKey(flags, md4(ntHash), Buffer.alloc(16), lmResponse, serverChallenge);

  test('response and keys', () => {
    expect(text(ntlm.desl(ntHash, ntlm.sessionChallenge(serverChallenge, clientChallenge)))).toBe(ess['NtResponse']);
    expect(text(kx)).toBe(ess['KXKEY']);
    expect(text(ntlm.sealKey(flags, kx, 'client'))).toBe(ess['sealKey56']);
  });

  test('sealing without key exchange', () => {
    const { sealed, signature } = new ntlm.MessageSecurity(flags, kx, 'client').seal(plaintext);
    expect(text(sealed)).toBe(ess['sealed']);
    expect(text(signature)).toBe(ess['signature_noKeyExch']);
  });
});

describe('MS-NLMP 4.2.4: NTLMv2', () => {
  const flags = common | f.key128 | f.ess | f.targetInfo;
  const key = ntlm.ntowfV2(ntlm.ntowfV1(inputs.password), inputs.user, inputs.domain);
  const pairs = Buffer.concat([avPair(2, utf16(inputs.domain)), avPair(1, utf16(inputs.server)), avEol]);
  const blob = ntlmV2Response(Buffer.alloc(0), 0n, clientChallenge, pairs);
  const proof = hmacMd5(key, serverChallenge, blob);
  const sessionBaseKey = hmacMd5(key, proof);

  test('hash, proof and responses', () => {
    expect(text(key)).toBe(v2['NTOWFv2']);
    expect(text(proof)).toBe(v2['NTProofStr']);
    expect(Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]).toString('hex')).toBe(
      v2['LMv2Response'],
    );
    expect(text(sessionBaseKey)).toBe(v2['SessionBaseKey']);
    expect(text(rc4(sessionBaseKey, randomSessionKey))).toBe(v2['EncryptedSessionKey']);
  });

  test('signing and sealing keys', () => {
    expect(text(ntlm.signKey(flags, randomSessionKey, 'client'))).toBe(v2['clientSignKey']);
    expect(text(ntlm.signKey(flags, randomSessionKey, 'server'))).toBe(v2['serverSignKey']);
    expect(text(ntlm.sealKey(flags, randomSessionKey, 'client'))).toBe(v2['clientSealKey128']);
    expect(text(ntlm.sealKey(flags, randomSessionKey, 'server'))).toBe(v2['serverSealKey128']);
  });

  test('sealing, with and without key exchange', () => {
    const security = new ntlm.MessageSecurity(flags, randomSessionKey, 'client');
    const { sealed, signature } = security.seal(plaintext);
    expect(text(sealed)).toBe(v2['sealed']);
    expect(text(signature)).toBe(v2['signature_keyExch']);
    const without = new ntlm.MessageSecurity(flags & ~f.keyExchange, randomSessionKey, 'client').seal(plaintext);
    expect(text(without.signature)).toBe(v2['signature_noKeyExch']);
  });
});

describe("FreeRDP's exchange", () => {
  const known = knownAnswers.freerdp_ntlm_http;

  test('hashes', () => {
    const ntHash = ntlm.ntowfV1(known.password);
    expect(text(ntHash)).toBe(known.ntHash);
    expect(text(ntlm.ntowfV2(ntHash, known.user, known.domain))).toBe(known.ntlmv2Hash);
  });
});

test('user names are put into capitals one character at a time, as Windows does', () => {
  const ntHash = ntlm.ntowfV1('x');
  expect(ntlm.ntowfV2(ntHash, 'straße', 'D')).toEqual(ntlm.ntowfV2(ntHash, 'STRAßE', 'D'));
  expect(ntlm.ntowfV2(ntHash, 'é', 'D')).toEqual(ntlm.ntowfV2(ntHash, 'É', 'D'));
  expect(ntlm.ntowfV2(ntHash, 'User', 'domain')).not.toEqual(ntlm.ntowfV2(ntHash, 'User', 'DOMAIN'));
});
