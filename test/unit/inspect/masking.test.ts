/** Nothing that helps to crack a password or to take over a session is given without being asked for. */
import { inspect } from 'node:util';
import { decode, formatTree, InspectError, renderExchange, summarize, type DecodedToken } from 'sspi/inspect';
import { corpus } from './support/corpus';
import { hex, knownAnswers, mitKrb5, samba } from './support/data';
import { ctx, octets, oid, oids, seq } from './support/der';

/** All the ways in which a result can leave the program. */
function shown(result: DecodedToken): string {
  return [JSON.stringify(result), formatTree(result), summarize(result), inspect(result, { depth: null })].join('\n');
}

const { v2 } = knownAnswers.ms_nlmp_4_2;
const { freerdp_ntlm_http: freerdp } = knownAnswers;
/** 32 hex digits at a place in hex text. */
const at = (text: string, offset: number, length = 16): string => text.slice(2 * offset, 2 * (offset + length));

const ntOffset = (text: string): number => hex(text).readUInt32LE(24);
const sambaAuthenticate = (samba.exchanges['ntlmssp_v2_mic'] as (typeof samba.exchanges)[string]).messages[2];

const secrets: [name: string, token: string, secret: string][] = [
  ['NTProofStr', v2.authenticateMessage, v2['NTProofStr'] as string],
  ['LMv2 response', v2.authenticateMessage, (v2['LMv2Response'] as string).slice(0, 32)],
  ['encrypted session key', v2.authenticateMessage, v2['EncryptedSessionKey'] as string],
  ['MIC', freerdp.authenticate, freerdp.mic],
  ["Samba's NTProofStr", sambaAuthenticate, at(sambaAuthenticate, ntOffset(sambaAuthenticate))],
  ['ticket', mitKrb5.rc4_mutual[0], mitKrb5.rc4_mutual[0].slice(400, 464)],
  ['authenticator', mitKrb5.aes256_mutual[0], mitKrb5.aes256_mutual[0].slice(-64)],
  ['AP-REP', mitKrb5.aes256_mutual[1], mitKrb5.aes256_mutual[1].slice(-64)],
  ['encrypted timestamp', mitKrb5.kdc_exchange[2], at(mitKrb5.kdc_exchange[2], 80, 24)],
  ['sealed message', mitKrb5.wrap_sealed, mitKrb5.wrap_sealed.slice(-32)],
];

describe.each(secrets)('%s', (_, token, secret) => {
  test('is in the token', () => expect(token).toContain(secret));

  test('is masked', () => {
    const result = decode(hex(token));
    expect(shown(result)).not.toContain(secret);
    expect(shown(result)).toMatch(/\d+ bytes, masked/);
    expect(renderExchange([{ from: 'client', token: hex(token) }])).not.toContain(secret);
  });

  test('is given when asked for', () => {
    const result = decode(hex(token), { reveal: true });
    expect(JSON.stringify(result)).toContain(secret);
    expect(formatTree(result)).toContain(secret);
    expect(JSON.stringify(result)).not.toContain('"masked":true');
  });
});

test('no masked result has 24 bytes in a row of what is encrypted or derived from a password', () => {
  for (const { name, bytes } of corpus()) {
    const masked = JSON.stringify(decode(bytes));
    const revealed = JSON.stringify(decode(bytes, { reveal: true }));
    for (const [, digits] of revealed.matchAll(/"masked":false,"length":\d+,"hex":"([0-9a-f]{48,})"/g)) {
      const digitText = digits as string;
      // Zeros are no secret.
      if (/^(..)\1*$/.test(digitText)) continue;
      expect(`${name} ${masked.includes(digitText.slice(0, 48))}`).toBe(`${name} false`);
    }
  }
});

test('an error and its partial result are masked too', () => {
  const cut = hex(freerdp.authenticate);
  cut.writeUInt16LE(0xffff, 20); // the NT response's length, read after the MIC
  try {
    decode(cut);
    throw new Error('decoded');
  } catch (error) {
    expect(error).toBeInstanceOf(InspectError);
    const { message, stack, partial } = error as InspectError;
    expect(partial).toMatchObject({ mic: { masked: true, length: 16 } });
    expect(inspect([message, stack, partial, error], { depth: null })).not.toContain(freerdp.mic);
  }
});

test('unknown tokens inside of others are masked, as they may be anything', () => {
  const secret = 'c0ffee00c0ffee01c0ffee02';
  const bytes = ctx(0, seq(ctx(0, seq(oid('1.2.3'))), ctx(2, octets(hex(`11223344${secret}`)))));
  expect(shown(decode(bytes))).not.toContain(secret);
  expect(JSON.stringify(decode(bytes, { reveal: true }))).toContain(secret);
});

test("an unknown token's error shows its first four bytes at most", () => {
  expect(() => decode(hex('a5a5a5a5112233445566'))).toThrow(/\(a5a5a5a5\) \(byte 0\)/);
});

describe('HTTP', () => {
  const basic = `Authorization: Basic ${Buffer.from('alice:päss:word').toString('base64')}`;
  test('Basic', () => {
    expect(decode(basic)).toMatchObject({ entries: [{ user: 'alice', secret: { masked: true, length: 10 } }] });
    expect(formatTree(decode(basic))).not.toContain('päss');
    expect(decode(basic, { reveal: true })).toMatchObject({
      entries: [{ secret: { masked: false, text: 'päss:word' } }],
    });
    expect(formatTree(decode(basic, { reveal: true }))).toContain('päss:word');
  });

  test('Bearer', () => {
    expect(decode('Authorization: Bearer abc.def')).toMatchObject({
      entries: [{ secret: { masked: true, length: 7 } }],
    });
  });

  test('Digest', () => {
    expect(decode('Authorization: Digest username="alice", realm="r", response="0011", cnonce="22"')).toMatchObject({
      entries: [
        {
          parameters: [
            { name: 'username', value: 'alice' },
            { name: 'realm', value: 'r' },
            { name: 'response', value: { masked: true, length: 4 } },
            { name: 'cnonce', value: { masked: true } },
          ],
        },
      ],
    });
  });

  test('a challenge has no secrets', () => {
    expect(decode('WWW-Authenticate: Digest nonce="x", opaque="y"')).toMatchObject({
      entries: [{ parameters: [{ value: 'x' }, { value: 'y' }] }],
    });
  });
});

test('NTLM inside of GSS framing and of SPNEGO is masked as well', () => {
  const bytes = ctx(
    1,
    seq(ctx(0, Buffer.from([10, 1, 1])), ctx(1, oid(oids.ntlm)), ctx(2, octets(hex(freerdp.authenticate)))),
  );
  expect(shown(decode(bytes))).not.toContain(at(freerdp.authenticate, ntOffset(freerdp.authenticate)));
  expect(shown(decode(bytes))).not.toContain(freerdp.mic);
});
