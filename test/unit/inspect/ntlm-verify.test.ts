/** Checking a captured exchange against a password. */
import { decode, InspectError, summarize, verifyNtlmExchange, type NtlmExchange } from 'sspi/inspect';
import { hmacMd5, md4, md5 } from '#lib/inspect/ntlm/digests';
import { rc4 } from '#lib/inspect/ntlm/ciphers';
import * as ntlm from '#lib/inspect/ntlm/keys';
import { hex, knownAnswers, samba } from './support/data';
import { ctx, enumerated, gss, octets, oid, oids, seq } from './support/der';
import {
  avEol,
  avPair,
  field,
  flags as f,
  message,
  none,
  ntlmV2Response,
  u32,
  u64,
  utf16,
  version,
} from './support/ntlm';

const freerdp = knownAnswers.freerdp_ntlm_http;
const flip = (text: string, at: number): Buffer => {
  const bytes = hex(text);
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
};

describe('published exchanges', () => {
  test("FreeRDP's, with its MIC and keys", () => {
    const result = verifyNtlmExchange(freerdp, { password: freerdp.password }, { reveal: true });
    expect(result).toMatchObject({
      ok: true,
      version: 'NTLMv2',
      ntResponse: 'match',
      mic: 'match',
      channelBindings: 'absent',
    });
    expect(result.keys?.sessionBaseKey).toBe(freerdp.sessionBaseKey);
  });

  test("MS-NLMP's NTLMv2, which has no MIC", () => {
    const { inputs, v2 } = knownAnswers.ms_nlmp_4_2;
    const exchange = { challenge: v2.challengeMessage, authenticate: v2.authenticateMessage };
    const result = verifyNtlmExchange(exchange, { password: inputs.password }, { reveal: true });
    expect(result).toMatchObject({ ok: true, ntResponse: 'match', lmResponse: 'match', mic: 'absent' });
    expect(result.keys).toEqual({
      sessionBaseKey: v2['SessionBaseKey'],
      keyExchangeKey: v2['SessionBaseKey'],
      exportedSessionKey: inputs.randomSessionKey,
      clientSignKey: v2['clientSignKey'],
      serverSignKey: v2['serverSignKey'],
      clientSealKey: v2['clientSealKey128'],
      serverSealKey: v2['serverSealKey128'],
    });
  });
});

/** https://davenport.sourceforge.net/ntlm.html, user "user", domain "DOMAIN", password "SecREt01". */
describe("Davenport's examples", () => {
  const negotiate = hex(
    '4e544c4d53535000010000000732000006000600 2b0000000b000b0020000000 574f524b53544154494f4e 444f4d41494e',
  );
  const challenge = hex(
    `4e544c4d53535000020000000c000c003000000001028100 0123456789abcdef 0000000000000000 620062003c000000
     44004f004d00410049004e00 02000c0044004f004d00410049004e00 01000c00530045005200560045005200
     0400140064006f006d00610069006e002e0063006f006d00
     030022007300650072007600650072002e0064006f006d00610069006e002e0063006f006d00 00000000`,
  );
  const authenticate = hex(
    `4e544c4d5353500003000000180018006a00000018001800820000000c000c0040000000080008004c0000001600160054000000
     000000009a0000000102000044004f004d00410049004e00750073006500720057004f0052004b00530054004100540049004f004e00
     c337cd5cbd44fc9782a667af6d427c6de67c20c2d3e77c56 25a98c1c31e81847466b29b2df4680f39958fb8c213a9cc6`,
  );
  const password = 'SecREt01';

  test('the exchange', () => {
    expect(decode(negotiate)).toMatchObject({ domainName: 'DOMAIN', workstation: 'WORKSTATION' });
    expect(verifyNtlmExchange({ negotiate, challenge, authenticate }, { password })).toMatchObject({
      ok: true,
      version: 'NTLMv1',
      userName: 'user',
      ntResponse: 'match',
      lmResponse: 'match',
      mic: 'absent',
    });
  });

  test('another case of the letters', () => {
    const result = verifyNtlmExchange({ challenge, authenticate }, { password: password.toLowerCase() });
    expect(result).toMatchObject({ ok: false, ntResponse: 'mismatch', lmResponse: 'match' });
    expect(result.findings[0]).toContain('upper and lower case');
  });

  test('the other responses', () => {
    const server = hex('0123456789abcdef');
    const client = hex('ffffff0011223344');
    const ntHash = ntlm.ntowfV1(password);
    const session = ntlm.desl(ntHash, ntlm.sessionChallenge(server, client));
    expect(session.toString('hex')).toBe('10d550832d12b2ccb79d5ad1f4eed3df82aca4c3681dd455');
    const key = ntlm.ntowfV2(ntHash, 'user', 'DOMAIN');
    expect(key.toString('hex')).toBe('04b8e0ba74289cc540826bab1dee63ae');
    expect(hmacMd5(key, server, client).toString('hex')).toBe('d6e6152ea25d03b7c6ba6629c2d6aaf0');
    const blob = hex(
      `01010000000000000090d336b734c301 ffffff0011223344 00000000 02000c0044004f004d00410049004e00
       01000c005300450052005600450052000400140064006f006d00610069006e002e0063006f006d00
       030022007300650072007600650072002e0064006f006d00610069006e002e0063006f006d00 00000000 00000000`,
    );
    expect(hmacMd5(key, server, blob).toString('hex')).toBe('cbabbca713eb795d04c97abc01ee4983');
  });
});

describe("Samba's exchanges", () => {
  test.each(Object.entries(samba.exchanges))('%s', (name, { messages, sessionKey }) => {
    const [negotiate, challenge, authenticate] = messages;
    const result = verifyNtlmExchange(
      { negotiate, challenge, authenticate },
      { password: samba.password },
      { reveal: true },
    );
    expect(result).toMatchObject({ ok: true, ntResponse: 'match', mic: 'match', userName: samba.user });
    expect(result.mechListMIC).toBe(name === 'spnego_ntlm' ? 'match' : 'absent');
    if (sessionKey !== undefined) expect(result.keys?.exportedSessionKey).toBe(sessionKey);
  });

  test('there are exchanges of each version', () => {
    const versions = Object.values(samba.exchanges).map(
      ({ messages: [, challenge, authenticate] }) =>
        verifyNtlmExchange({ challenge, authenticate }, { password: samba.password }).version,
    );
    expect(new Set(versions)).toEqual(new Set(['NTLMv2', 'NTLMv1-ESS', 'NTLMv1']));
  });

  test('a list of mechanisms that was changed on the way', () => {
    const [negotiate, challenge, authenticate] = (samba.exchanges['spnego_ntlm'] as (typeof samba.exchanges)[string])
      .messages;
    const token = decode(hex(negotiate));
    if (token.kind !== 'spnego-init' || token.mechToken === undefined) throw new Error(token.kind);
    const inner = hex(negotiate).subarray(token.mechToken.offset);
    const longer = gss(
      oids.spnego,
      ctx(0, seq(ctx(0, seq(oid(oids.ntlm), oid(oids.kerberos))), ctx(2, octets(inner)))),
    );
    const result = verifyNtlmExchange({ negotiate: longer, challenge, authenticate }, { password: samba.password });
    expect(result).toMatchObject({ ok: false, ntResponse: 'match', mic: 'match', mechListMIC: 'mismatch' });
    expect(result.findings.join()).toContain('mechListMIC');
  });
});

describe('what is wrong', () => {
  test('the password', () => {
    const result = verifyNtlmExchange(freerdp, { password: 'P4ss123?' }, { reveal: true });
    expect(result).toMatchObject({ ok: false, ntResponse: 'mismatch', mic: 'not-checked' });
    expect(result).not.toHaveProperty('keys');
  });

  test('a changed message, but not the password', () => {
    const result = verifyNtlmExchange(
      { ...freerdp, negotiate: flip(freerdp.negotiate, 12) },
      { password: freerdp.password },
    );
    expect(result).toMatchObject({ ok: false, ntResponse: 'match', mic: 'mismatch' });
    expect(result.findings[0]).toBe('the password is right');
    expect(result.findings[1]).toContain('MIC');
  });

  test('the challenge is of another connection', () => {
    const result = verifyNtlmExchange(
      { ...freerdp, challenge: flip(freerdp.challenge, 24) },
      { password: freerdp.password },
    );
    expect(result).toMatchObject({ ok: false, ntResponse: 'mismatch' });
  });

  test('without the NEGOTIATE message the MIC cannot be checked', () => {
    const { challenge, authenticate } = freerdp;
    const result = verifyNtlmExchange({ challenge, authenticate }, { password: freerdp.password });
    expect(result).toMatchObject({ ok: true, mic: 'not-checked' });
    expect(result.findings.join()).toContain('NEGOTIATE');
  });
});

test('an NT hash does as well as the password', () => {
  expect(verifyNtlmExchange(freerdp, { ntHash: freerdp.ntHash }).ok).toBe(true);
  expect(verifyNtlmExchange(freerdp, { ntHash: hex(freerdp.ntHash) }).ok).toBe(true);
});

test('keys are given only when asked for', () => {
  expect(verifyNtlmExchange(freerdp, { password: freerdp.password })).not.toHaveProperty('keys');
});

test('messages may come as header lines', () => {
  const base64 = (text: string): string => hex(text).toString('base64');
  const result = verifyNtlmExchange(
    {
      negotiate: `Authorization: NTLM ${base64(freerdp.negotiate)}`,
      challenge: `WWW-Authenticate: NTLM ${base64(freerdp.challenge)}`,
      authenticate: `NTLM ${base64(freerdp.authenticate)}`,
    },
    { password: freerdp.password },
  );
  expect(result).toMatchObject({ ok: true, mic: 'match' });
});

/** An exchange of our own, with the parts that the published ones lack. */
function exchangeWith(options: {
  readonly bindings?: Buffer;
  readonly computedDomain?: string;
  readonly announceMic?: boolean;
  readonly mic?: 'right' | 'zero' | 'none';
  readonly password?: string;
  readonly user?: string;
  /** As the domain controller computes with it, which is Windows' own upper case. */
  readonly userInCapitals?: string;
  readonly withoutSigning?: boolean;
}): NtlmExchange {
  const protection = options.withoutSigning === true ? f.alwaysSign : f.sign | f.seal;
  const flags = f.unicode | f.ntlm | f.ess | protection | f.keyExchange | f.key128 | f.targetInfo | f.version;
  const { user = 'alice' } = options;
  const negotiate = message({ type: 1, header: [u32(flags), none, none, version(10, 0, 19045)] });
  const info = Buffer.concat([
    avPair(2, utf16('CORP')),
    avPair(4, utf16('corp.test')),
    avPair(7, u64(133_000_000_000_000_000n)),
    avEol,
  ]);
  const serverChallenge = Buffer.from('0011223344556677', 'hex');
  const challenge = message({
    type: 2,
    header: [field(utf16('CORP')), u32(flags), serverChallenge, Buffer.alloc(8), field(info), version(10, 0, 20348)],
  });
  const pairs = Buffer.concat([
    avPair(2, utf16('CORP')),
    ...(options.announceMic === false ? [] : [avPair(6, u32(2))]),
    ...(options.bindings === undefined ? [] : [avPair(10, options.bindings)]),
    avEol,
  ]);
  const capitals = options.userInCapitals ?? user.toUpperCase();
  const key = hmacMd5(ntlm.ntowfV1(options.password ?? 'secret'), utf16(capitals + (options.computedDomain ?? 'CORP')));
  const blob = ntlmV2Response(Buffer.alloc(0), 133_000_000_000_000_000n, Buffer.alloc(8, 0x77), pairs);
  const proof = hmacMd5(key, serverChallenge, blob);
  const sessionBaseKey = hmacMd5(key, proof);
  const exported = Buffer.alloc(16, 0x42);
  const encrypted = rc4(sessionBaseKey, exported);
  const build = (mic: Buffer): Buffer =>
    message({
      type: 3,
      header: [
        field(Buffer.alloc(24)),
        field(Buffer.concat([proof, blob])),
        field(utf16('CORP')),
        field(utf16(user)),
        field(utf16('PC1')),
        field(encrypted),
        u32(flags),
        version(10, 0, 19045),
        mic,
      ],
    });
  if (options.mic === 'none') return { negotiate, challenge, authenticate: build(Buffer.alloc(0)) };
  const zero = build(Buffer.alloc(16));
  if (options.mic === 'zero') return { negotiate, challenge, authenticate: zero };
  return { negotiate, challenge, authenticate: build(hmacMd5(exported, negotiate, challenge, zero)) };
}

describe('channel bindings', () => {
  const endPoint = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef', 'latin1');
  const other = Buffer.from('tls-server-end-point:fedcba9876543210fedcba9876543210', 'latin1');
  const hash = hex(knownAnswers.epa_tls_server_end_point.md5);

  test('those of this connection', () => {
    // The hash is over 16 zero bytes, the length, and the data.
    const struct = Buffer.concat([Buffer.alloc(16), u32(endPoint.length), endPoint]);
    const exchange = exchangeWith({ bindings: md5(struct) });
    expect(verifyNtlmExchange(exchange, { password: 'secret' }, { channelBindings: endPoint })).toMatchObject({
      ok: true,
      channelBindings: 'match',
      mic: 'match',
    });
    const elsewhere = verifyNtlmExchange(exchange, { password: 'secret' }, { channelBindings: other });
    expect(elsewhere).toMatchObject({ ok: false, channelBindings: 'mismatch', ntResponse: 'match' });
    expect(elsewhere.findings.join()).toContain('another TLS session');
  });

  test('those of the published certificate', () => {
    const known = knownAnswers.epa_tls_server_end_point;
    const channelBindings = Buffer.concat([
      Buffer.from('tls-server-end-point:', 'latin1'),
      hex(known.certificateSha256),
    ]);
    const exchange = exchangeWith({ bindings: hash });
    expect(verifyNtlmExchange(exchange, { password: 'secret' }, { channelBindings }).channelBindings).toBe('match');
  });

  test('not given, or not there', () => {
    expect(verifyNtlmExchange(exchangeWith({ bindings: hash }), { password: 'secret' }).channelBindings).toBe(
      'not-checked',
    );
    const none = verifyNtlmExchange(
      exchangeWith({ bindings: Buffer.alloc(16) }),
      { password: 'secret' },
      { channelBindings: other },
    );
    expect(none.channelBindings).toBe('absent');
  });
});

describe('the MIC', () => {
  test.each([
    ['right and announced', { mic: 'right' }, 'match', true],
    ['zero though announced', { mic: 'zero' }, 'mismatch', false],
    ['gone though announced', { mic: 'none' }, 'mismatch', false],
    ['neither there nor announced', { mic: 'none', announceMic: false }, 'absent', true],
    ['room for one, but not announced', { mic: 'zero', announceMic: false }, 'absent', true],
  ] as const)('%s', (_, options, mic, ok) => {
    expect(verifyNtlmExchange(exchangeWith(options), { password: 'secret' })).toMatchObject({
      mic,
      ok,
      ntResponse: 'match',
    });
  });
});

test('the domain that the client computed with is not the one that it sent', () => {
  const result = verifyNtlmExchange(exchangeWith({ computedDomain: 'corp.test', mic: 'none', announceMic: false }), {
    password: 'secret',
  });
  expect(result).toMatchObject({ ok: false, ntResponse: 'match' });
  expect(result.findings[0]).toContain('"corp.test"');
});

describe('the first versions', () => {
  const serverChallenge = hex('0123456789abcdef');
  const challenge = (flags: number): Buffer =>
    message({ type: 2, header: [field(utf16('S')), u32(flags), serverChallenge, Buffer.alloc(8), none] });
  const answer = (flags: number, lm: Buffer, nt: Buffer, key: Buffer = Buffer.alloc(0)): Buffer =>
    message({
      type: 3,
      header: [field(lm), field(nt), field(utf16('D')), field(utf16('U')), none, field(key), u32(flags)],
    });
  const { v1 } = knownAnswers.ms_nlmp_4_2;
  const lm = hex(v1['LmResponse'] as string);
  const nt = hex(v1['NtResponse'] as string);

  test('LM and NT responses of MS-NLMP 4.2.2, with the session key of each variant', () => {
    for (const [extra, encrypted] of [
      [0, 'EncryptedSessionKey'],
      [f.requestNonNtSessionKey, 'EncryptedSessionKey_nonNT'],
      [f.lmKey, 'EncryptedSessionKey_LM'],
    ] as const) {
      const flags = f.unicode | f.ntlm | f.sign | f.keyExchange | extra;
      const exchange = {
        challenge: challenge(flags),
        authenticate: answer(flags, lm, nt, hex(v1[encrypted] as string)),
      };
      const result = verifyNtlmExchange(exchange, { password: 'Password' }, { reveal: true });
      expect(result).toMatchObject({ ok: true, version: 'NTLMv1', ntResponse: 'match', lmResponse: 'match' });
      expect(result.keys?.exportedSessionKey).toBe('55555555555555555555555555555555');
      expect(verifyNtlmExchange(exchange, { password: 'password' })).toMatchObject({
        ok: false,
        ntResponse: 'mismatch',
        lmResponse: 'match',
      });
    }
  });

  test('LM alone', () => {
    const exchange = { challenge: challenge(f.unicode), authenticate: answer(f.unicode, lm, Buffer.alloc(0)) };
    expect(verifyNtlmExchange(exchange, { password: 'PASSWORD' })).toMatchObject({
      ok: true,
      version: 'LM',
      lmResponse: 'match',
    });
    expect(verifyNtlmExchange(exchange, { password: 'other' })).toMatchObject({ ok: false, lmResponse: 'mismatch' });
    expect(verifyNtlmExchange(exchange, { ntHash: md4(utf16('Password')) })).toMatchObject({
      ok: false,
      lmResponse: 'not-checked',
    });
  });

  test('anonymous', () => {
    const exchange = {
      challenge: challenge(f.unicode),
      authenticate: answer(f.unicode | f.anonymous, Buffer.alloc(1), Buffer.alloc(0)),
    };
    expect(verifyNtlmExchange(exchange, { password: '' })).toMatchObject({ ok: false, version: 'anonymous' });
  });
});

describe('misuse ends in InspectError', () => {
  const { challenge, authenticate } = freerdp;
  test.each([
    [
      'messages in the wrong order',
      () => verifyNtlmExchange({ challenge: authenticate, authenticate: challenge }, { password: '' }),
    ],
    [
      'no NTLM at all',
      () =>
        verifyNtlmExchange({ challenge, authenticate: knownAnswers.spnego_tokens.negTokenInit_krb5 }, { password: '' }),
    ],
    [
      'a reply without a token',
      () => verifyNtlmExchange({ challenge: ctx(1, seq(ctx(0, enumerated(1)))), authenticate }, { password: '' }),
    ],
    ['no secret', () => verifyNtlmExchange({ challenge, authenticate }, {} as never)],
    ['a hash of the wrong size', () => verifyNtlmExchange({ challenge, authenticate }, { ntHash: 'abcd' })],
    ['no exchange', () => verifyNtlmExchange(undefined as never, { password: '' })],
    ['no message', () => verifyNtlmExchange({ challenge, authenticate: 5 as never }, { password: '' })],
    [
      'bindings that are no bytes',
      () => verifyNtlmExchange({ challenge, authenticate }, { password: '' }, { channelBindings: 'x' as never }),
    ],
  ])('%s', (_, run) => {
    expect(run).toThrow(InspectError);
    expect(run).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ARGUMENT' }));
  });
});

describe('users whose names Windows puts into capitals in its own way (MS-NLMP 3.3.2)', () => {
  test.each([
    ['ışık', 'ıŞıK'],
    ['µser', 'µSER'],
    ['ſam', 'ſAM'],
    ['νίκος', 'ΝΊΚΟς'],
    ['ნინო', 'ნინო'],
    ['weiß', 'WEIß'],
  ])('%s', (user, userInCapitals) => {
    const result = verifyNtlmExchange(exchangeWith({ user, userInCapitals }), { password: 'secret' });
    expect(result).toMatchObject({ ok: true, ntResponse: 'match', mic: 'match', userName: user });
  });
});

describe('the dummy signature, which a session without signing has', () => {
  const dummy = hex('01000000 0000000000000000 00000000');
  const inSpnego = (exchange: NtlmExchange, mic: Buffer): NtlmExchange => ({
    negotiate: gss(oids.spnego, ctx(0, seq(ctx(0, seq(oid(oids.ntlm))), ctx(2, octets(exchange.negotiate as Buffer))))),
    challenge: ctx(1, seq(ctx(0, enumerated(1)), ctx(2, octets(exchange.challenge as Buffer)))),
    authenticate: ctx(
      1,
      seq(ctx(0, enumerated(1)), ctx(2, octets(exchange.authenticate as Buffer)), ctx(3, octets(mic))),
    ),
  });

  test('is not called a change', () => {
    const result = verifyNtlmExchange(inSpnego(exchangeWith({ withoutSigning: true }), dummy), { password: 'secret' });
    expect(result).toMatchObject({ ok: true, mic: 'match', mechListMIC: 'absent' });
    expect(result.findings.join()).toContain('dummy signature');
    expect(result.findings.join()).not.toContain('changed on the way');
  });

  test('where signing was agreed on, does not fit', () => {
    const result = verifyNtlmExchange(inSpnego(exchangeWith({}), dummy), { password: 'secret' });
    expect(result).toMatchObject({ ok: false, mic: 'match', mechListMIC: 'mismatch' });
    expect(result.findings.join()).toContain('dummy signature');
  });
});

test.each([
  ['announced', {}, 'with MIC'],
  ['announced and zero', { mic: 'zero' }, 'MIC all zero'],
  ['not announced', { announceMic: false }, 'MIC not announced'],
  ['not announced and zero', { announceMic: false, mic: 'zero' }, 'no MIC'],
  ['announced and not there', { mic: 'none' }, 'no MIC'],
] as const)('the line of a message with a MIC %s', (_, options, text) => {
  const token = decode(exchangeWith(options).authenticate as Buffer);
  expect(summarize(token)).toBe(`NTLM AUTHENTICATE of CORP\\alice, NTLMv2, ${text}, no channel bindings`);
});

test('messages may come in headers that are folded', () => {
  const base64 = (text: string): string => hex(text).toString('base64');
  const folded = (text: string, between: string): string => text.replace(/(.{40})/g, `$1${between}`);
  const result = verifyNtlmExchange(
    {
      negotiate: `Authorization: NTLM\r\n ${folded(base64(freerdp.negotiate), '\r\n ')}`,
      challenge: `WWW-Authenticate: Negotiate , NTLM ${folded(base64(freerdp.challenge), '\r\n\t')}, Basic realm="x"`,
      authenticate: `NTLM\n${folded(base64(freerdp.authenticate), '\n')}`,
    },
    { password: freerdp.password },
  );
  expect(result).toMatchObject({ ok: true, mic: 'match' });
});
