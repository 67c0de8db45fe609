/** SPNEGO by RFC 4178 and MS-SPNG, NegoEx by MS-NEGOEX. */
import { decode, formatTree, type DecodedToken, type NegoExToken } from 'sspi/inspect';
import { hex, knownAnswers, mitKrb5 } from './support/data';
import { bits, ctx, enumerated, general, gss, int, octets, oid, oids, seq, tlv } from './support/der';
import { alert, conversation, exchange, nego, pku2u, verify } from './support/negoex';
import { u32 } from './support/ntlm';

const notes = (token: DecodedToken): string => token.notes.map(({ text }) => text).join('\n');
const negotiate = hex(knownAnswers.freerdp_ntlm_http.negotiate);

describe('NegTokenInit', () => {
  const body = [
    ctx(0, seq(oid(oids.kerberos), oid(oids.ntlm), oid('1.2.3.4.5'))),
    ctx(1, bits(0b0101_1100 << 24)),
    ctx(2, octets(negotiate)),
    ctx(3, octets(hex('01000000112233445566778800000000'))),
  ];

  test.each([
    ['bare', ctx(0, seq(...body))],
    ['in GSS framing', gss(oids.spnego, ctx(0, seq(...body)))],
  ])('%s, with all fields', (form, bytes) => {
    const token = decode(bytes);
    expect(token).toMatchObject({
      kind: 'spnego-init',
      variant: 'NegTokenInit',
      length: bytes.length,
      mechTypes: [{ name: 'Kerberos' }, { name: 'NTLM' }, { oid: '1.2.3.4.5' }],
      reqFlags: { names: ['confFlag', 'anonFlag', 'sequenceFlag', 'mutualFlag'].sort(byBit) },
      mechToken: { kind: 'ntlm-negotiate', offset: bytes.indexOf('NTLMSSP\0'), length: 40 },
      mechListMIC: { kind: 'ntlm-signature', version: 1, checksum: { masked: true, length: 8 }, sequenceNumber: 0 },
    });
    expect('gss' in token).toBe(form !== 'bare');
  });

  describe('the token inside', () => {
    const init = (first: string, token: Buffer): DecodedToken =>
      decode(ctx(0, seq(ctx(0, seq(oid(first), oid(oids.ntlm))), ctx(2, octets(token)))));
    const framed = hex(mitKrb5.aes256_mutual[0]);

    test.each([
      ['of the first choice, in its framing', oids.kerberos, framed, 'is for the first choice, Kerberos'],
      ['of Kerberos by its other name', oids.msKerberos, framed, 'is for the first choice, Kerberos (Microsoft)'],
      ['of the first choice, raw', oids.ntlm, negotiate, 'is for the first choice, NTLM'],
      ['of another mechanism, raw', oids.kerberos, negotiate, 'is for NTLM, but the first choice is Kerberos'],
      ['of another mechanism, framed', oids.ntlm, framed, 'is for Kerberos, but the first choice is NTLM'],
      ['that cannot be read', oids.kerberos, hex('deadbeefcafe'), 'should be for the first choice, Kerberos'],
    ])('%s', (_, first, token, text) => {
      const result = init(first, token);
      expect(notes(result)).toContain(`the token inside ${text}`);
      expect(result.notes[0]?.level).toBe(text.includes('but') ? 'warning' : 'info');
    });
  });

  describe('NTLM without Kerberos', () => {
    const list = ctx(0, seq(oid(oids.negoEx), oid(oids.ntlm)));

    test("in a client's list is for want of a ticket", () => {
      expect(notes(decode(ctx(0, seq(list))))).toContain('no ticket for this target');
    });

    test("in a server's list says something of the server", () => {
      const token = decode(ctx(0, seq(list, ctx(3, seq(ctx(0, general('not_defined_in_RFC4178@please_ignore')))))));
      expect(token).toMatchObject({ variant: 'NegTokenInit2' });
      expect(notes(token)).toContain('the server is not in a domain');
      expect(notes(token)).not.toContain('ticket');
    });

    test("of a server without hints is still a server's", () => {
      const token = decode(ctx(0, seq(list, ctx(4, octets('mic')))));
      expect(notes(token)).toContain("the server's own list");
    });
  });

  test('NegTokenInit2, whose MIC is one further on', () => {
    const bytes = ctx(
      0,
      seq(
        body[0] as Buffer,
        ctx(3, seq(ctx(0, general('hint')), ctx(1, octets(hex('c0a80001'))))),
        ctx(4, octets('mic')),
      ),
    );
    expect(decode(bytes)).toMatchObject({
      variant: 'NegTokenInit2',
      negHints: { hintName: 'hint', hintAddress: 'c0a80001' },
      mechListMIC: { kind: 'opaque', content: { masked: true, length: 3 } },
    });
  });

  test('a mechanism token of an unknown mechanism is kept as opaque bytes', () => {
    const bytes = ctx(0, seq(ctx(0, seq(oid('1.2.3'))), ctx(2, octets(hex('deadbeefcafe')))));
    expect(decode(bytes)).toMatchObject({
      mechToken: { kind: 'opaque', preview: 'deadbeef', content: { masked: true, length: 6 } },
    });
  });

  test('an empty mechanism token is not the same as none', () => {
    const list = ctx(0, seq(oid(oids.kerberos)));
    expect(decode(ctx(0, seq(list, ctx(2, octets('')))))).toMatchObject({ mechToken: { kind: 'opaque', length: 0 } });
    expect(decode(ctx(0, seq(list)))).not.toHaveProperty('mechToken');
  });

  test('says what is offered', () => {
    expect(notes(decode(ctx(0, seq(ctx(0, seq(oid(oids.ntlm)))))))).toContain('offers NTLM but not Kerberos');
    expect(notes(decode(ctx(0, seq(ctx(0, seq(oid(oids.msKerberos), oid(oids.ntlm)))))))).not.toContain('not Kerberos');
    expect(notes(decode(ctx(0, seq(ctx(0, seq())))))).toContain('offers no mechanism');
  });

  test('fields of a later version are left out', () => {
    expect(decode(ctx(0, seq(ctx(0, seq(oid(oids.ntlm))), ctx(9, int(1)))))).toMatchObject({ kind: 'spnego-init' });
  });

  test('SPNEGO inside of SPNEGO', () => {
    const inner = gss(oids.spnego, ctx(0, seq(ctx(0, seq(oid(oids.ntlm))), ctx(2, octets(negotiate)))));
    const outer = gss(oids.spnego, ctx(0, seq(ctx(0, seq(oid(oids.spnego))), ctx(2, octets(inner)))));
    expect(decode(outer)).toMatchObject({ mechToken: { kind: 'spnego-init', mechToken: { kind: 'ntlm-negotiate' } } });
  });
});

const order = ['integFlag', 'confFlag', 'anonFlag', 'sequenceFlag', 'replayFlag', 'mutualFlag', 'delegFlag'];
const byBit = (a: string, b: string): number => order.indexOf(a) - order.indexOf(b);

describe('NegTokenResp', () => {
  test.each([
    [0, 'accept-completed', 'done'],
    [1, 'accept-incomplete', ''],
    [2, 'reject', 'rejected'],
    [3, 'request-mic', 'must be signed'],
    [4, 'unknown', ''],
  ])('state %d', (value, name, note) => {
    const token = decode(ctx(1, seq(ctx(0, enumerated(value)))));
    expect(token).toMatchObject({ kind: 'spnego-response', negState: { value, name } });
    expect(notes(token)).toContain(note);
  });

  test('with everything', () => {
    const [, apRep] = mitKrb5.aes256_mutual;
    const bytes = ctx(
      1,
      seq(
        ctx(0, enumerated(0)),
        ctx(1, oid(oids.kerberos)),
        ctx(2, octets(hex(apRep))),
        ctx(3, octets(hex(mitKrb5.mic))),
      ),
    );
    expect(decode(bytes)).toMatchObject({
      supportedMech: { name: 'Kerberos' },
      responseToken: { kind: 'krb-ap-rep', gss: { tokenId: { name: 'KRB_AP_REP' } } },
      mechListMIC: { kind: 'gss-message', type: 'mic', format: 'RFC 4121', flags: { names: ['AcceptorSubkey'] } },
    });
  });

  test('a MIC that repeats the token, as Windows 2000 sent it', () => {
    const bytes = ctx(1, seq(ctx(2, octets(negotiate)), ctx(3, octets(negotiate))));
    expect(decode(bytes)).toMatchObject({
      responseToken: { kind: 'ntlm-negotiate' },
      mechListMIC: { kind: 'ntlm-negotiate' },
    });
  });

  test('empty', () => expect(decode(hex('a1023000'))).toMatchObject({ kind: 'spnego-response', notes: [] }));
});

describe('faults, with their places', () => {
  const list = ctx(0, seq(oid(oids.ntlm)));
  test.each([
    ['no list of mechanisms', ctx(0, seq(ctx(2, octets('x')))), 'MALFORMED', 9, 'mechTypes'],
    ['a field twice', ctx(0, seq(list, list)), 'MALFORMED', 4 + list.length, ''],
    ['no context tag', ctx(0, seq(int(1))), 'MALFORMED', 4, ''],
    ['no SEQUENCE', ctx(0, int(1)), 'MALFORMED', 2, ''],
    ['an indefinite length', hex('a08030800000'), 'MALFORMED', 1, ''],
    ['a length of five bytes', hex('a085010000000030'), 'MALFORMED', 1, ''],
    ['a length beyond the end', hex('a08400ffffff30'), 'TRUNCATED', 7, ''],
    ['a length beyond its container', ctx(0, seq(hex('a07f')), hex('0000')), 'MALFORMED', 6, 'mechTypes'],
    ['an OID of no bytes', ctx(0, seq(ctx(0, seq(tlv(6))))), 'MALFORMED', 10, 'mechTypes'],
    ['an OID that breaks off', ctx(0, seq(ctx(0, seq(tlv(6, hex('2b86')))))), 'MALFORMED', 11, 'mechTypes'],
    ['an OID of 65 bytes', ctx(0, seq(ctx(0, seq(tlv(6, Buffer.alloc(65, 1)))))), 'MALFORMED', 10, 'mechTypes'],
    ['an arc beyond 2^53', ctx(0, seq(ctx(0, seq(tlv(6, hex('2bffffffffffffffff7f')))))), 'MALFORMED', 11, 'mechTypes'],
    ['a state of no bytes', ctx(1, seq(ctx(0, tlv(10)))), 'MALFORMED', 8, 'negState'],
    ['a broken token inside', ctx(1, seq(ctx(2, octets('NTLMSSP\0')))), 'TRUNCATED', 16, 'responseToken.messageType'],
    ['half a signature inside', ctx(1, seq(ctx(2, octets('NTLMS')))), 'TRUNCATED', 8, 'responseToken.signature'],
    ['a tag of two bytes', hex('bf2000'), 'UNKNOWN_TOKEN', 0, ''],
  ])('%s', (_, bytes, code, offset, path) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: `ERR_SSPI_INSPECT_${code}`, offset, path }));
  });

  test('what was read up to the fault is not lost', () => {
    const bytes = gss(oids.spnego, ctx(0, seq(ctx(0, seq(oid(oids.ntlm))), ctx(2, octets(negotiate.subarray(0, 20))))));
    let partial;
    try {
      decode(bytes);
    } catch (error) {
      ({ partial } = error as { partial: DecodedToken });
    }
    expect(partial).toMatchObject({
      kind: 'spnego-init',
      mechTypes: [{ name: 'NTLM' }],
      mechToken: {
        kind: 'ntlm-negotiate',
        flags: { value: 0xa2088207 },
        problem: { code: 'ERR_SSPI_INSPECT_TRUNCATED', path: 'mechToken.domainName' },
      },
    });
    expect(formatTree(partial as DecodedToken)).toContain('✗ mechToken.domainName: needs');
  });

  test('nesting has a limit', () => {
    let bytes = ctx(1, seq(ctx(0, enumerated(1))));
    for (let i = 0; i < 60; i += 1) bytes = ctx(1, seq(ctx(2, octets(bytes))));
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_LIMIT' }));
  });
});

describe('NegoEx', () => {
  const id = '33221100-5544-7766-8899-aabbccddeeff';

  test('NEGO and META_DATA in one token', () => {
    expect(conversation.toString('hex')).toBe('00112233445566778899aabbccddeeff');
    const first = nego(0, 0, [pku2u, Buffer.alloc(16, 0x11)], [[0x80000001, Buffer.from('abc')]]);
    const token = decode(Buffer.concat([first, exchange(2, 1, Buffer.from('metadata'))]));
    expect(token).toMatchObject({
      kind: 'negoex',
      messages: [
        {
          type: 'nego',
          messageType: { value: 0, name: 'INITIATOR_NEGO' },
          sequenceNumber: 0,
          conversationId: { guid: id },
          random: '5a'.repeat(32),
          protocolVersion: '0',
          authSchemes: [
            { guid: '235f69ad-73fb-4dbc-8203-0629e739339b', name: 'PKU2U' },
            { guid: '11111111-1111-1111-1111-111111111111' },
          ],
          extensions: [{ extensionType: 0x80000001, critical: true, length: 3 }],
        },
        {
          type: 'exchange',
          messageType: { name: 'INITIATOR_META_DATA' },
          offset: first.length,
          sequenceNumber: 1,
          authScheme: { name: 'PKU2U' },
          exchange: { kind: 'opaque', content: { length: 8 } },
        },
      ],
    });
  });

  test('a token inside of an exchange', () => {
    const token = decode(exchange(5, 2, hex(mitKrb5.aes256_mutual[0]))) as NegoExToken;
    expect(token.messages[0]).toMatchObject({ messageType: { name: 'AP_REQUEST' }, exchange: { kind: 'krb-ap-req' } });
  });

  test('VERIFY and ALERT', () => {
    expect(decode(Buffer.concat([verify(3, 16, Buffer.alloc(12, 9)), alert(4, 0xc000006d, 1)]))).toMatchObject({
      messages: [
        {
          type: 'verify',
          checksumScheme: { name: 'CHECKSUM_SCHEME_RFC3961' },
          checksumType: { value: 16, name: 'hmac-sha1-96-aes256' },
          checksum: { masked: true, length: 12 },
        },
        {
          type: 'alert',
          errorCode: { value: 0xc000006d, name: 'STATUS_LOGON_FAILURE' },
          alerts: [{ alertType: { name: 'ALERT_TYPE_PULSE' }, reason: { name: 'ALERT_VERIFY_NO_KEY' } }],
        },
      ],
    });
  });

  test('inside of SPNEGO', () => {
    const bytes = gss(oids.spnego, ctx(0, seq(ctx(0, seq(oid(oids.negoEx))), ctx(2, octets(nego(0, 0, [pku2u]))))));
    expect(decode(bytes)).toMatchObject({ mechTypes: [{ name: 'NegoEx' }], mechToken: { kind: 'negoex' } });
  });

  test.each([
    ['a message longer than the token', 20, u32(5000), 'TRUNCATED', 'messages[0].length'],
    ['a message shorter than its header', 20, u32(30), 'MALFORMED', 'messages[0].length'],
    ['a header longer than the message', 16, u32(5000), 'MALFORMED', 'messages[0].headerLength'],
    ['schemes outside of the message', 80, u32(0xfffffff0), 'MALFORMED', 'messages[0].authSchemes'],
  ])('%s', (_, at, value, code, path) => {
    const bytes = nego(0, 0, [pku2u]);
    value.copy(bytes, at);
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: `ERR_SSPI_INSPECT_${code}`, path }));
  });

  test('messages of a type to come are passed over', () => {
    const bytes = exchange(5, 0, Buffer.from('x'));
    u32(77).copy(bytes, 8);
    expect(decode(bytes)).toMatchObject({
      messages: [{ type: 'unknown', messageType: { value: 77, name: 'unknown' } }],
    });
  });
});
