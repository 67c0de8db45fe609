/** NTLM messages by MS-NLMP 2.2, with what real clients and servers leave out. */
import {
  decode,
  InspectError,
  type DecodedToken,
  type Masked,
  type NtlmAuthenticate,
  type NtlmChallenge,
  type NtlmNegotiate,
} from 'sspi/inspect';
import { hex, knownAnswers } from './support/data';
import { gss, oids } from './support/der';
import {
  avEol,
  avPair,
  field,
  flags as f,
  message,
  none,
  ntlmV2Response,
  u16,
  u32,
  u64,
  utf16,
  version,
  type Message,
} from './support/ntlm';

const notes = (token: DecodedToken): string[] => token.notes.map(({ text }) => text);
const negotiate = (...header: Message['header']): NtlmNegotiate =>
  decode(message({ type: 1, header })) as NtlmNegotiate;
const challenge = (...header: Message['header']): NtlmChallenge =>
  decode(message({ type: 2, header })) as NtlmChallenge;
const authenticate = (...header: Message['header']): NtlmAuthenticate =>
  decode(message({ type: 3, header }), { reveal: true }) as NtlmAuthenticate;
const revealed = (value: Masked | undefined): string => (value === undefined || value.masked ? 'masked' : value.hex);

describe('NEGOTIATE', () => {
  test('of 16 bytes, as the oldest clients send', () => {
    expect(negotiate(u32(f.ntlm | f.oem))).toEqual({
      kind: 'ntlm-negotiate',
      offset: 0,
      length: 16,
      flags: { value: 0x202, names: ['NTLM_NEGOTIATE_OEM', 'NTLMSSP_NEGOTIATE_NTLM'] },
      notes: [{ level: 'warning', text: expect.stringContaining('no extended session security') as string }],
    });
  });

  test('without extended session security, which says nothing of NTLMv1', () => {
    const [note] = notes(negotiate(u32(f.unicode | f.ntlm), none, none));
    expect(note).toContain('no extended session security');
    expect(note).not.toContain('NTLMv1');
  });

  test('of 32 bytes, without a version', () => {
    const token = negotiate(u32(f.unicode | f.ntlm | f.ess), none, none);
    expect(token).toMatchObject({ length: 32, notes: [] });
    expect(token).not.toHaveProperty('version');
  });

  test('with names, which are in the OEM character set even with Unicode agreed on', () => {
    const flags = f.unicode | f.ess | f.domainSupplied | f.workstationSupplied | f.version;
    const token = negotiate(
      u32(flags),
      field(Buffer.from('CORP')),
      field(Buffer.from('PC\xe9', 'latin1')),
      version(10, 0, 26100),
    );
    expect(token).toMatchObject({ domainName: 'CORP', workstation: 'PCé' });
    expect(token.version?.text).toBe('10.0.26100 (Windows 11 24H2, Windows Server 2025)');
  });

  test('with names right behind the header of 32 bytes', () => {
    const token = negotiate(u32(f.ess | f.domainSupplied), field(Buffer.from('CORP')), none);
    expect(token).toMatchObject({ domainName: 'CORP' });
    expect(token).not.toHaveProperty('version');
    expect(token).not.toHaveProperty('trailing');
  });

  test('a version is announced but not there', () => {
    const bytes = message({ type: 1, header: [u32(f.version | f.ess), none, none] });
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_TRUNCATED', offset: 32, path: 'version' }),
    );
  });

  test('every flag has a name', () => {
    const { names } = negotiate(u32(0xffffffff), none, none, version(1, 2, 3)).flags;
    expect(names).toHaveLength(32);
    expect(names.every((name) => name !== '' && !name.startsWith('bit '))).toBe(true);
    expect(names[0]).toBe('NTLMSSP_NEGOTIATE_UNICODE');
    expect(names[31]).toBe('NTLMSSP_NEGOTIATE_56');
  });
});

describe('CHALLENGE', () => {
  const server = hex('0123456789abcdef');

  test('of 32 bytes, as servers of the 1990s send', () => {
    const token = challenge(none, u32(f.oem | f.ntlm), server);
    expect(token).toMatchObject({ length: 32, serverChallenge: '0123456789abcdef' });
    expect(token).not.toHaveProperty('targetName');
    expect(token).not.toHaveProperty('targetInfo');
    expect(notes(token)).toContainEqual(expect.stringContaining('no target information'));
  });

  test('with its target right behind the challenge, in the OEM character set', () => {
    const token = challenge(field(Buffer.from('DOMAIN')), u32(f.oem | f.targetDomain), server);
    expect(token).toMatchObject({ targetName: 'DOMAIN' });
    expect(notes(token)).toContain('the target is a domain');
  });

  test('with context, target information and version', () => {
    const info = Buffer.concat([
      avPair(2, utf16('CORP')),
      avPair(7, u64(133_500_000_000_000_000n)),
      avPair(99, hex('beef')),
      avEol,
    ]);
    const flags = f.unicode | f.ess | f.targetInfo | f.version | f.localCall | f.targetServer;
    const token = challenge(
      field(utf16('SRV')),
      u32(flags),
      server,
      hex('1000000020000000'),
      field(info),
      version(6, 3, 9600),
    );
    expect(token).toMatchObject({
      targetName: 'SRV',
      context: '1000000020000000',
      targetInfo: [
        { id: 2, name: 'MsvAvNbDomainName', value: 'CORP' },
        { id: 7, name: 'MsvAvTimestamp', value: { filetime: '133500000000000000', iso: '2024-01-17T21:20:00.000Z' } },
        { id: 99, name: 'unknown', value: 'beef' },
      ],
    });
    expect(token.flags.names).toContain('NTLMSSP_NEGOTIATE_LOCAL_CALL (r7)');
    expect(notes(token)).toEqual([
      expect.stringContaining('in no domain'),
      expect.stringContaining('local call'),
      expect.stringContaining('must send a MIC'),
    ]);
  });

  test('AV pairs without an end are read to the end', () => {
    const token = challenge(
      none,
      u32(f.unicode | f.targetInfo),
      server,
      Buffer.alloc(8),
      field(avPair(1, utf16('SRV'))),
    );
    expect(token.targetInfo).toEqual([{ id: 1, name: 'MsvAvNbComputerName', value: 'SRV' }]);
  });

  test('what is behind MsvAvEOL is left alone', () => {
    const info = Buffer.concat([avEol, avPair(1, utf16('SRV'))]);
    expect(challenge(none, u32(f.unicode | f.targetInfo), server, Buffer.alloc(8), field(info)).targetInfo).toEqual([]);
  });

  test.each([
    [
      'an AV pair that is longer than its list',
      Buffer.concat([u16(1), u16(200), utf16('SRV')]),
      'targetInfo[0].value',
      52,
    ],
    ['a timestamp of 4 bytes', Buffer.concat([avPair(7, u32(1)), avEol]), 'targetInfo[0].value', 52],
    [
      'a text of 3 bytes',
      Buffer.concat([avPair(2, utf16('A')), avPair(1, hex('414243')), avEol]),
      'targetInfo[1].value',
      58,
    ],
    ['a hash of 5 bytes', Buffer.concat([avPair(10, Buffer.alloc(5)), avEol]), 'targetInfo[0].value', 52],
    ['a pair of which only the id is there', u16(1), 'targetInfo[0].length', 50],
  ])('%s', (_, info, path, offset) => {
    const bytes = message({
      type: 2,
      header: [none, u32(f.unicode | f.targetInfo), server, Buffer.alloc(8), field(info)],
    });
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ path, offset }));
  });
});

describe('AUTHENTICATE', () => {
  const proof = Buffer.alloc(16, 0xab);
  const pairs = Buffer.concat([avPair(2, utf16('CORP')), avEol]);
  const v2 = ntlmV2Response(proof, 133_500_000_000_000_000n, Buffer.alloc(8, 7), pairs);
  const common = f.unicode | f.ess | f.sign;

  test('of NTLMv2 without MIC', () => {
    const token = authenticate(
      field(Buffer.alloc(24)),
      field(v2),
      field(utf16('CORP')),
      field(utf16('alice')),
      field(utf16('PC')),
      none,
      u32(common),
    );
    expect(token).toMatchObject({
      domainName: 'CORP',
      userName: 'alice',
      workstation: 'PC',
      lmResponse: { type: 'zero' },
      ntResponse: { type: 'NTLMv2', responseVersion: 1, highResponseVersion: 1, clientChallenge: '0707070707070707' },
    });
    expect(token).not.toHaveProperty('mic');
    expect(token).not.toHaveProperty('version');
    expect(token).not.toHaveProperty('encryptedRandomSessionKey');
    expect(notes(token)).toContainEqual(expect.stringContaining('no MIC: NTLM without integrity'));
  });

  test.each([
    ['announced', avPair(6, u32(2)), Buffer.alloc(16, 1), 'has a MIC over the three messages'],
    ['announced but zero', avPair(6, u32(2)), Buffer.alloc(16), 'all zero'],
    ['announced but not there', avPair(6, u32(2)), Buffer.alloc(0), 'the message has none'],
    ['not announced', Buffer.alloc(0), Buffer.alloc(16, 1), 'does not announce it'],
    ['not announced and zero', Buffer.alloc(0), Buffer.alloc(16), 'no MIC'],
  ])('a MIC: %s', (_, announcement, mic, note) => {
    const response = ntlmV2Response(proof, 0n, Buffer.alloc(8), Buffer.concat([announcement, avEol]));
    const token = authenticate(
      none,
      field(response),
      none,
      field(utf16('u')),
      none,
      none,
      u32(common),
      version(10, 0, 1),
      mic,
    );
    expect(revealed(token.mic)).toBe(mic.length === 0 ? 'masked' : mic.toString('hex'));
    expect(notes(token).join('\n')).toContain(note);
  });

  test('a MIC of zeros is shown, as there is nothing to mask', () => {
    const header = (mic: Buffer): Message['header'] => [
      ...[none, field(v2), none, field(utf16('u')), none, none],
      ...[u32(common), version(10, 0, 1), mic],
    ];
    expect(decode(message({ type: 3, header: header(Buffer.alloc(16)) }))).toMatchObject({
      mic: { masked: false, length: 16, hex: '00'.repeat(16) },
    });
    expect(decode(message({ type: 3, header: header(Buffer.alloc(16, 1)) }))).toMatchObject({
      mic: { masked: true, length: 16 },
    });
  });

  test('flags of an AV pair, bindings and target', () => {
    const response = ntlmV2Response(
      proof,
      0n,
      Buffer.alloc(8),
      Buffer.concat([avPair(6, u32(7)), avPair(10, Buffer.alloc(16, 5)), avPair(9, utf16('HTTP/web')), avEol]),
    );
    const token = authenticate(none, field(response), none, field(utf16('u')), none, none, u32(common));
    expect(token.ntResponse).toMatchObject({
      avPairs: [
        { value: { value: 7, names: ['ACCOUNT_AUTHENTICATION_CONSTRAINED', 'MIC_PRESENT', 'UNTRUSTED_SPN_SOURCE'] } },
        { name: 'MsvAvChannelBindings', value: '05'.repeat(16) },
        { name: 'MsvAvTargetName', value: 'HTTP/web' },
      ],
    });
    expect(notes(token)).toContain('channel bindings: present');
    expect(notes(token)).toContain('the target name is from an untrusted source');
  });

  test('of NTLMv1', () => {
    const token = authenticate(
      field(Buffer.alloc(24, 1)),
      field(Buffer.alloc(24, 2)),
      none,
      field(utf16('u')),
      none,
      none,
      u32(f.unicode),
    );
    expect(token.lmResponse).toEqual({ type: 'LM', response: { masked: false, length: 24, hex: '01'.repeat(24) } });
    expect(token.ntResponse).toEqual({ type: 'NTLMv1', response: { masked: false, length: 24, hex: '02'.repeat(24) } });
    expect(notes(token).join('\n')).toMatch(/NTLMv1: .*\n.*LM response/);
  });

  test('of NTLMv1 with extended session security', () => {
    const lm = Buffer.concat([Buffer.alloc(8, 3), Buffer.alloc(16)]);
    const token = authenticate(field(lm), field(Buffer.alloc(24, 2)), none, field(utf16('u')), none, none, u32(common));
    expect(token.lmResponse).toEqual({ type: 'client-challenge', clientChallenge: '03'.repeat(8) });
    expect(token.ntResponse).toMatchObject({ type: 'NTLMv1-ESS' });
  });

  test('anonymous', () => {
    const token = authenticate(field(Buffer.alloc(1)), none, none, none, none, none, u32(f.unicode | f.anonymous));
    expect(token).toMatchObject({ userName: '', lmResponse: { type: 'anonymous' }, ntResponse: { type: 'absent' } });
    expect(notes(token)).toEqual([expect.stringContaining('anonymous')]);
  });

  test('of 52 bytes, without session key and flags', () => {
    const token = authenticate(
      field(Buffer.alloc(24, 1)),
      none,
      field(Buffer.from('DOM')),
      field(Buffer.from('USER')),
      field(Buffer.from('PC')),
    );
    expect(token).toMatchObject({ domainName: 'DOM', userName: 'USER', workstation: 'PC', lmResponse: { type: 'LM' } });
    expect(token).not.toHaveProperty('flags');
  });

  test('responses of odd sizes are kept, and masked', () => {
    const bytes = message({
      type: 3,
      header: [field(Buffer.alloc(7, 1)), field(Buffer.alloc(30, 2)), none, none, none, none, u32(common)],
    });
    expect(decode(bytes)).toMatchObject({
      lmResponse: { type: 'unknown', response: { masked: true, length: 7 } },
      ntResponse: { type: 'unknown', response: { masked: true, length: 30 } },
    });
  });

  test('key exchange without a key', () => {
    const token = authenticate(none, field(v2), none, field(utf16('u')), none, none, u32(common | f.keyExchange));
    expect(notes(token)).toContainEqual(expect.stringContaining('no session key is sent'));
  });

  test('fields may lie in any order, overlap, and leave gaps', () => {
    const token = authenticate(
      none,
      field(v2),
      { payload: utf16('CORPalice'), length: 8 },
      { payload: Buffer.alloc(0), length: 10, offset: 64 + v2.length + 8 },
      none,
      none,
      u32(common),
    );
    expect(token).toMatchObject({ domainName: 'CORP', userName: 'alice' });
  });
});

describe('places that point elsewhere', () => {
  test.each([
    ['beyond the end', { payload: utf16('S'), offset: 4000 }, 'ERR_SSPI_INSPECT_TRUNCATED', 12],
    ['over the end', { payload: utf16('S'), length: 200 }, 'ERR_SSPI_INSPECT_TRUNCATED', 48],
    ['into the header', { payload: utf16('S'), offset: 8 }, 'ERR_SSPI_INSPECT_MALFORMED', 12],
    ['far away', { payload: utf16('S'), offset: 0xffffffff }, 'ERR_SSPI_INSPECT_TRUNCATED', 12],
  ])('%s', (_, target, code, offset) => {
    const bytes = message({
      type: 2,
      header: [target, u32(f.unicode | f.targetInfo), Buffer.alloc(8), Buffer.alloc(8), none],
    });
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code, offset, path: 'targetName' }));
  });

  test('beyond the message but inside of the token around it', () => {
    const bad = message({
      type: 2,
      header: [
        { payload: utf16('S'), length: 4 },
        u32(f.unicode | f.targetInfo),
        Buffer.alloc(8),
        Buffer.alloc(8),
        none,
      ],
    });
    const framed = Buffer.concat([gss(oids.ntlm, bad), Buffer.alloc(64)]);
    expect(() => decode(framed)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_MALFORMED' }));
  });
});

test.each([
  [0, 'is not the type'],
  [4, 'is not the type'],
  [0xffffffff, 'is not the type'],
])('message type %d', (type, text) => {
  expect(() => decode(message({ type, header: [u32(0)] }))).toThrow(InspectError);
  expect(() => decode(message({ type, header: [u32(0)] }))).toThrow(text);
});

test('in GSS framing, with the places still counted from the message', () => {
  const bare = hex(knownAnswers.freerdp_ntlm_http.authenticate);
  const framed = gss(oids.ntlm, bare);
  const { gss: framing, offset, length, ...fields } = decode(framed) as NtlmAuthenticate;
  const { offset: start, length: size, ...expected } = decode(bare) as NtlmAuthenticate;
  expect(fields).toEqual(expected);
  expect({ start, size }).toEqual({ start: 0, size: bare.length });
  expect({ offset, length }).toEqual({ offset: 0, length: framed.length });
  expect(framing).toEqual({ length: framed.length - bare.length, mechanism: { oid: oids.ntlm, name: 'NTLM' } });
});

test('bytes behind the message are reported, not read', () => {
  const bytes = Buffer.concat([hex(knownAnswers.freerdp_ntlm_http.negotiate), Buffer.alloc(5, 1)]);
  expect(decode(bytes)).toMatchObject({ length: 40, trailing: { offset: 40, length: 5 } });
});
