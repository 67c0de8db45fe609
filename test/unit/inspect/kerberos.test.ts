/** Kerberos by RFC 4120, RFC 4121 and MS-KILE; tokens of MIT Kerberos besides our own. */
import { decode, formatTree, summarize, type DecodedToken, type KerberosError, type PaData } from 'sspi/inspect';
import { krbError, methodData, ticket } from './support/corpus';
import { hex, mitKrb5 } from './support/data';
import { app, bits, ctx, general, gss, int, octets, oids, seq, time, tlv, utf8 } from './support/der';

const notes = (token: DecodedToken): string => token.notes.map(({ text }) => text).join('\n');
const warnings = (token: DecodedToken): string[] =>
  token.notes.filter(({ level }) => level === 'warning').map(({ text }) => text);
const encrypted = (etype: number, kvno?: number): Buffer =>
  seq(ctx(0, int(etype)), ...(kvno === undefined ? [] : [ctx(1, int(kvno))]), ctx(2, octets(Buffer.alloc(32, 1))));

const apReq = (options: number, inner: Buffer, authenticatorEtype = 18): Buffer =>
  app(
    14,
    seq(ctx(0, int(5)), ctx(1, int(14)), ctx(2, bits(options)), ctx(3, inner), ctx(4, encrypted(authenticatorEtype))),
  );

describe('tokens of MIT Kerberos', () => {
  test('AP-REQ and AP-REP with AES', () => {
    const [request, reply] = mitKrb5.aes256_mutual.map((text) => decode(hex(text))) as [DecodedToken, DecodedToken];
    expect(request).toMatchObject({
      kind: 'krb-ap-req',
      gss: { mechanism: { name: 'Kerberos' }, tokenId: { name: 'KRB_AP_REQ' } },
      apOptions: { names: ['mutual-required'] },
      ticket: {
        realm: 'SSPI.TEST',
        sname: { name: 'HTTP/web.sspi.test', components: ['HTTP', 'web.sspi.test'] },
        encPart: { etype: { value: 18, name: 'aes256-cts-hmac-sha1-96' }, kvno: 2, cipher: { masked: true } },
      },
      authenticator: { etype: { value: 18 } },
    });
    expect(warnings(request)).toEqual([]);
    expect(reply).toMatchObject({ kind: 'krb-ap-rep', encPart: { etype: { value: 18 } } });
    expect(reply).not.toHaveProperty('encPart.kvno');
  });

  test('one way', () => {
    const token = decode(hex(mitKrb5.aes256_oneway[0]));
    expect(token).toMatchObject({ apOptions: { value: 0, names: [] } });
    expect(notes(token)).toContain('no mutual authentication');
  });

  test('a ticket of RC4', () => {
    const token = decode(hex(mitKrb5.rc4_mutual[0]));
    expect(token).toMatchObject({ ticket: { encPart: { etype: { value: 23, name: 'rc4-hmac' } } } });
    expect(warnings(token)).toEqual(['ticket: etype 23 rc4-hmac: weak']);
    expect(summarize(token)).toBe('Kerberos AP-REQ for MSSQLSvc/old.sspi.test:1433 in SSPI.TEST, rc4-hmac');
  });

  test('a ticket of AES with SHA-2', () => {
    expect(decode(hex(mitKrb5.aes_sha2_mutual[0]))).toMatchObject({
      ticket: { encPart: { etype: { value: 20, name: 'aes256-cts-hmac-sha384-192' } } },
    });
  });

  test('DCE style: three legs, raw', () => {
    const legs = mitKrb5.dce_style.map((text) => decode(hex(text)));
    expect(legs.map(({ kind }) => kind)).toEqual(['krb-ap-req', 'krb-ap-rep', 'krb-ap-rep']);
    expect(legs.every(({ gss: framing }) => framing === undefined)).toBe(true);
  });

  test('message tokens of RFC 4121', () => {
    expect(decode(hex(mitKrb5.wrap_sealed))).toMatchObject({
      kind: 'gss-message',
      type: 'wrap',
      format: 'RFC 4121',
      flags: { value: 6, names: ['Sealed', 'AcceptorSubkey'] },
      extraCount: 0,
      content: { masked: true, length: 56 },
      notes: [],
    });
    const plain = decode(hex(mitKrb5.wrap_unsealed));
    expect(plain).toMatchObject({ flags: { value: 5, names: ['SentByAcceptor', 'AcceptorSubkey'] }, extraCount: 12 });
    expect(notes(plain)).toContain('not encrypted: the content is plaintext');
    expect(decode(hex(mitKrb5.mic))).toMatchObject({
      type: 'mic',
      checksum: { length: 12 },
      sequenceNumber: expect.stringMatching(/^\d+$/) as string,
    });
  });

  test('the exchange with the KDC', () => {
    const tokens = mitKrb5.kdc_exchange.map((text) => decode(hex(text)));
    expect(tokens).toMatchObject([
      {
        kind: 'krb-kdc-req',
        type: 'AS-REQ',
        cname: { name: 'alice' },
        sname: { name: 'krbtgt/SSPI.TEST' },
        etypes: [{ value: 18 }, { value: 17 }, { value: 20 }, { value: 23 }],
      },
      { kind: 'krb-error', errorCode: { value: 25 }, eText: 'NEEDED_PREAUTH', eData: { type: 'METHOD-DATA' } },
      { kind: 'krb-kdc-req', type: 'AS-REQ' },
      {
        kind: 'krb-kdc-rep',
        type: 'AS-REP',
        crealm: 'SSPI.TEST',
        cname: { name: 'alice' },
        ticket: { sname: { name: 'krbtgt/SSPI.TEST' } },
      },
      { kind: 'krb-kdc-req', type: 'TGS-REQ', sname: { name: 'HTTP/web.sspi.test' } },
      { kind: 'krb-kdc-rep', type: 'TGS-REP', ticket: { sname: { name: 'HTTP/web.sspi.test' } } },
    ]);
    const [, error, second, , tgs] = tokens;
    expect((error as KerberosError).eData).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          type: { value: 19, name: 'PA-ETYPE-INFO2' },
          etypeInfo: [{ etype: { value: 18, name: 'aes256-cts-hmac-sha1-96' }, salt: 'SSPI.TESTalice' }],
        }),
      ]) as unknown,
    });
    expect(second).toMatchObject({
      padata: expect.arrayContaining([
        expect.objectContaining({
          type: { value: 2, name: 'PA-ENC-TIMESTAMP' },
          encrypted: expect.objectContaining({ cipher: { masked: true, length: 56 } }) as unknown,
        }),
      ]) as unknown,
    });
    expect(tgs).toMatchObject({
      padata: [{ type: { value: 1 }, apReq: { kind: 'krb-ap-req' } }, { type: { value: 136, name: 'PA-FX-FAST' } }],
    });
  });

  test('errors of the KDC', () => {
    const codes = mitKrb5.kdc_errors.map((text) => (decode(hex(text)) as KerberosError).errorCode.name);
    expect(codes).toEqual(
      expect.arrayContaining([
        'KDC_ERR_PREAUTH_REQUIRED',
        'KDC_ERR_PREAUTH_FAILED',
        'KDC_ERR_C_PRINCIPAL_UNKNOWN',
        'KDC_ERR_ETYPE_NOSUPP',
      ]),
    );
  });
});

describe('AP-REQ', () => {
  test('user-to-user', () => {
    const token = decode(apReq(0x60000000, ticket(18)));
    expect(token).toMatchObject({ apOptions: { names: ['mutual-required', 'use-session-key'] } });
    expect(notes(token)).toContain('user-to-user');
  });

  test('a weak authenticator', () => {
    expect(warnings(decode(apReq(0, ticket(18), 3)))).toEqual(['authenticator: etype 3 des-cbc-md5: weak']);
  });

  test("a read-only domain controller's key version", () => {
    const inner = app(
      1,
      seq(
        ctx(0, int(5)),
        ctx(1, general('R')),
        ctx(2, seq(ctx(0, int(2)), ctx(1, seq(general('krbtgt'), general('R'))))),
        ctx(3, encrypted(18, 0x12340002)),
      ),
    );
    const token = decode(apReq(0, inner));
    expect(notes(token)).toContain('read-only domain controller 4660, version 2');
    expect(notes(token)).toContain('a ticket-granting ticket');
  });

  test('key versions beyond 2^31, which some send as negative numbers', () => {
    const inner = app(
      1,
      seq(
        ctx(0, int(5)),
        ctx(1, general('R')),
        ctx(2, seq(ctx(0, int(2)), ctx(1, seq(general('a'))))),
        ctx(3, encrypted(18, -1)),
      ),
    );
    expect(decode(inner)).toMatchObject({ kind: 'krb-ticket', ticket: { encPart: { kvno: 0xffffffff } } });
  });

  test('names in UTF-8', () => {
    const inner = app(
      1,
      seq(
        ctx(0, int(5)),
        ctx(1, general('BÜRO.TEST')),
        ctx(2, seq(ctx(0, int(10)), ctx(1, seq(general('grün'))))),
        ctx(3, encrypted(17)),
      ),
    );
    expect(decode(inner)).toMatchObject({
      ticket: { realm: 'BÜRO.TEST', sname: { nameType: { name: 'NT-ENTERPRISE' }, name: 'grün' } },
    });
  });

  test.each([
    ['pvno 4', app(14, seq(ctx(0, int(4)))), 'pvno'],
    ['the message type of another message', app(14, seq(ctx(0, int(5)), ctx(1, int(15)))), 'msg-type'],
    ['no ticket', app(14, seq(ctx(0, int(5)), ctx(1, int(14)), ctx(2, bits(0)), ctx(4, encrypted(18)))), 'ticket'],
    [
      'no realm',
      app(14, seq(ctx(0, int(5)), ctx(1, int(14)), ctx(2, bits(0)), ctx(3, app(1, seq(ctx(0, int(5))))))),
      'ticket.realm',
    ],
    ['options that are no BIT STRING', app(14, seq(ctx(0, int(5)), ctx(1, int(14)), ctx(2, int(1)))), 'apOptions'],
    ['a number of 7 bytes', app(14, seq(ctx(0, tlv(2, Buffer.alloc(7, 1))))), 'pvno'],
  ])('%s', (_, bytes, path) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_MALFORMED', path }));
  });
});

describe('KRB-ERROR', () => {
  test('with every field', () => {
    expect(decode(krbError(37, hex('3005a103020102')))).toMatchObject({
      kind: 'krb-error',
      errorCode: { value: 37, name: 'KRB_AP_ERR_SKEW' },
      meaning: expect.stringContaining('clocks') as string,
      ctime: '2026-01-02T03:04:05Z',
      cusec: 123456,
      stime: '2026-01-02T03:10:05Z',
      susec: 654321,
      crealm: 'CORP.TEST',
      cname: { name: 'alice' },
      realm: 'CORP.TEST',
      sname: { name: 'HTTP/web.corp.test' },
      eText: 'why',
      eData: { type: 'KERB-ERROR-DATA', dataType: { value: 2, name: 'KERB_AP_ERR_TYPE_SKEW_RECOVERY' } },
    });
  });

  test('says by how much the clocks differ', () => {
    expect(warnings(decode(krbError(37, hex('3005a103020102'))))).toContain(
      "the server's clock is 6 min 0 s ahead of the client's",
    );
  });

  test('METHOD-DATA in all its forms', () => {
    const { eData } = decode(krbError(25, methodData)) as KerberosError;
    if (eData?.type !== 'METHOD-DATA') throw new Error(eData?.type);
    expect(eData.items).toEqual<readonly PaData[]>([
      {
        type: { value: 19, name: 'PA-ETYPE-INFO2' },
        length: expect.any(Number) as number,
        etypeInfo: [
          { etype: { value: 18, name: 'aes256-cts-hmac-sha1-96' }, salt: 'CORP.TESTalice', s2kparams: '00001000' },
        ],
      },
      {
        type: { value: 11, name: 'PA-ETYPE-INFO' },
        length: expect.any(Number) as number,
        etypeInfo: [{ etype: { value: 23, name: 'rc4-hmac' }, salt: 'salt' }],
      },
      {
        type: { value: 2, name: 'PA-ENC-TIMESTAMP' },
        length: expect.any(Number) as number,
        encrypted: {
          etype: { value: 18, name: 'aes256-cts-hmac-sha1-96' },
          kvno: 3,
          cipher: { masked: true, length: 40 },
        },
      },
      {
        type: { value: 3, name: 'PA-PW-SALT' },
        length: 12,
        extended: { status: { value: 0xc0000072, name: 'STATUS_ACCOUNT_DISABLED' }, flags: 1 },
      },
      { type: { value: 128, name: 'PA-PAC-REQUEST' }, length: 7, includePac: true },
      {
        type: { value: 165, name: 'PA-SUPPORTED-ENCTYPES' },
        length: 4,
        flags: {
          value: 0x1f,
          names: ['des-cbc-crc', 'des-cbc-md5', 'rc4-hmac', 'aes128-cts-hmac-sha1-96', 'aes256-cts-hmac-sha1-96'],
        },
      },
      {
        type: { value: 167, name: 'PA-PAC-OPTIONS' },
        length: 11,
        flags: { value: 0x90000000, names: ['resource-based-constrained-delegation', 'claims'] },
      },
      { type: { value: 16, name: 'PA-PK-AS-REQ' }, length: 0 },
    ]);
  });

  test("the domain controller's own reason", () => {
    const token = decode(krbError(18, seq(ctx(1, int(3)), ctx(2, octets(hex('930100c0 00000000 01000000'))))));
    expect(token).toMatchObject({
      eData: {
        type: 'KERB-ERROR-DATA',
        dataType: { name: 'KERB_ERR_TYPE_EXTENDED' },
        extended: { status: { value: 0xc0000193, name: 'STATUS_ACCOUNT_EXPIRED' } },
      },
    });
    expect(warnings(token)).toContain("the domain controller's own reason: STATUS_ACCOUNT_EXPIRED");
    expect(summarize(token)).toContain('KDC_ERR_CLIENT_REVOKED (18), STATUS_ACCOUNT_EXPIRED');
  });

  describe("Microsoft's types of TYPED-DATA", () => {
    const extended = ctx(1, octets(hex('720200c0 00000000 01000000')));
    const mustUseUser2User = seq(ctx(0, int(-128)));

    test('user-to-user is required: the account was found', () => {
      const token = decode(krbError(7, seq(mustUseUser2User, seq(ctx(0, int(-129)), extended))));
      expect(token).toMatchObject({
        errorCode: { value: 7, name: 'KDC_ERR_S_PRINCIPAL_UNKNOWN' },
        meaning: 'the service accepts only user-to-user tickets',
        eData: {
          items: [
            { type: { value: -128, name: 'TD-MUST-USE-USER2USER' } },
            {
              type: { value: -129, name: 'TD-EXTENDED-ERROR' },
              extended: { status: { value: 0xc0000272, name: 'STATUS_NO_MATCH' }, flags: 1 },
            },
          ],
        },
      });
      expect(notes(token)).not.toContain('no account owns');
      expect(warnings(token)).toContain("the domain controller's own reason: STATUS_NO_MATCH");
      expect(summarize(token)).toContain('(7), STATUS_NO_MATCH: the service accepts only user-to-user tickets');
    });

    test('code 7 with anything else keeps its meaning', () => {
      expect(notes(decode(krbError(7, seq(seq(ctx(0, int(-129)), extended)))))).toContain('no account owns this');
      expect(notes(decode(krbError(7, methodData)))).toContain('no account owns this');
    });

    test('an extended error of another size is kept, and masked', () => {
      expect(decode(krbError(60, seq(seq(ctx(0, int(-129)), ctx(1, octets('short'))))))).toMatchObject({
        eData: { items: [{ type: { name: 'TD-EXTENDED-ERROR' }, value: { masked: true, length: 5 } }] },
      });
    });
  });

  test.each([
    ['with a name', '720200c0', 'STATUS_NO_MATCH'],
    ['without one', '345600c0', 'NTSTATUS 0xc0005634'],
  ])('an NTSTATUS %s is told', (_, digits, text) => {
    const token = decode(krbError(6, seq(ctx(1, int(3)), ctx(2, octets(hex(`${digits} 00000000 01000000`))))));
    expect(warnings(token)).toContain(`the domain controller's own reason: ${text}`);
    expect(summarize(token)).toContain(`(6), ${text}: `);
    expect(formatTree(token)).toContain(digits === '345600c0' ? '0xc0005634 unknown' : '0xc0000272 STATUS_NO_MATCH');
  });

  test('TYPED-DATA', () => {
    expect(decode(krbError(60, seq(seq(ctx(0, int(104)), ctx(1, octets('x'))), seq(ctx(0, int(999))))))).toMatchObject({
      eData: {
        type: 'TYPED-DATA',
        items: [
          { type: { name: 'TD-TRUSTED-CERTIFIERS' }, length: 1, value: { masked: true } },
          { type: { value: 999, name: 'unknown' }, length: 0 },
        ],
      },
    });
  });

  test.each([
    ['text', Buffer.from('plain text')],
    ['nothing', Buffer.alloc(0)],
    ['a SEQUENCE that is none of the forms', seq(int(1))],
    ['a SEQUENCE with bytes behind it', Buffer.concat([seq(ctx(1, int(2))), Buffer.alloc(3)])],
  ])('e-data of %s is kept, and masked', (_, eData) => {
    expect(decode(krbError(60, eData))).toMatchObject({
      eData: { type: 'unknown', content: { masked: true, length: eData.length } },
    });
  });

  test('codes without a name keep their number', () => {
    expect(decode(krbError(4711, Buffer.alloc(0)))).toMatchObject({ errorCode: { value: 4711, name: 'unknown' } });
  });

  test.each(['2026010203040Z', '20260102030405+', '2026010203040xZ'])('a time of the form %s', (text) => {
    const bytes = app(30, seq(ctx(0, int(5)), ctx(1, int(30)), ctx(4, time(text))));
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ path: 'stime' }));
  });
});

describe('user-to-user and IAKERB', () => {
  const principal = seq(ctx(0, int(2)), ctx(1, seq(general('host'), general('pc'))));
  const request = seq(ctx(0, int(5)), ctx(1, int(16)), ctx(2, principal), ctx(3, general('CORP.TEST')));
  const reply = seq(ctx(0, int(5)), ctx(1, int(17)), ctx(2, ticket(23)));

  test.each([
    ['framed', gss(oids.userToUser, hex('0400'), request)],
    ['raw', request],
  ])('TGT-REQ, %s', (_, bytes) => {
    expect(decode(bytes)).toMatchObject({
      kind: 'krb-tgt-req',
      pvno: 5,
      serverName: { name: 'host/pc' },
      realm: 'CORP.TEST',
    });
  });

  test.each([
    ['framed', gss(oids.userToUser, hex('0401'), reply)],
    ['raw', reply],
  ])('TGT-REP, %s', (_, bytes) => {
    const token = decode(bytes);
    expect(token).toMatchObject({ kind: 'krb-tgt-rep', ticket: { realm: 'CORP.TEST' } });
    expect(warnings(token)).toEqual(['ticket: etype 23 rc4-hmac: weak']);
  });

  test('IAKERB', () => {
    const header = seq(ctx(1, utf8('CORP.TEST')), ctx(2, octets('cookie')));
    expect(decode(gss(oids.iakerb, hex('0501'), header, hex(mitKrb5.kdc_exchange[0])))).toMatchObject({
      kind: 'krb-kdc-req',
      gss: { mechanism: { name: 'IAKERB' }, tokenId: { name: 'IAKERB_PROXY' } },
      iakerb: { targetRealm: 'CORP.TEST', cookie: { masked: true, length: 6 } },
    });
  });
});

describe('GSS framing', () => {
  test("Microsoft's old identifier of Kerberos", () => {
    expect(decode(gss(oids.msKerberos, hex('0100'), apReq(0, ticket())))).toMatchObject({
      kind: 'krb-ap-req',
      gss: { mechanism: { name: 'Kerberos (Microsoft)' } },
    });
  });

  test('a token id without framing', () => {
    const token = decode(Buffer.concat([hex('0100'), apReq(0, ticket())]));
    expect(token).toMatchObject({ kind: 'krb-ap-req', offset: 0 });
    expect(notes(token)).toContain('without GSS framing');
  });

  test.each([
    [
      'MIC',
      '0101 1100 ffffffff 1122334455667788 99aabbccddeeff00',
      {
        type: 'mic',
        format: 'RFC 1964',
        signAlgorithm: { name: 'HMAC MD5 (RC4)' },
        checksum: { masked: true, length: 8 },
      },
    ],
    [
      'wrap of RC4',
      '0201 1100 1000 ffff 1122334455667788 99aabbccddeeff00 0102030405060708 aabb',
      { type: 'wrap', sealAlgorithm: { name: 'RC4' }, content: { masked: true, length: 10 } },
    ],
    [
      'wrap of 3DES, unsealed',
      `0201 0400 ffff ffff 1122334455667788 ${'99'.repeat(20)} aabb`,
      { sealAlgorithm: { name: 'none' }, checksum: { length: 20 }, content: { length: 2 } },
    ],
  ])('RFC 1964 %s', (_, text, expected) => {
    const token = decode(gss(oids.kerberos, hex(text)));
    expect(token).toMatchObject({ kind: 'gss-message', ...expected });
    expect(warnings(token).join()).toContain('weak algorithm');
  });

  test('a mechanism that is not known', () => {
    expect(decode(gss('1.2.3.4', hex('010203')))).toMatchObject({
      kind: 'gss-message',
      type: 'unknown',
      gss: { mechanism: { oid: '1.2.3.4' } },
      content: { masked: true, length: 3 },
    });
  });

  test('a token id that is not known', () => {
    expect(decode(gss(oids.kerberos, hex('9999aa')))).toMatchObject({
      kind: 'gss-message',
      type: 'unknown',
      gss: { tokenId: { value: 0x9999, name: 'unknown' } },
    });
  });

  test('a filler that is none', () => {
    expect(() => decode(hex('050400000000000000000000000000000000'))).toThrow(
      expect.objectContaining({ offset: 3, path: 'filler' }),
    );
  });

  test('bytes between the message and the end of its framing', () => {
    const bytes = gss(oids.kerberos, hex('0100'), apReq(0, ticket()), hex('0000'));
    expect(decode(bytes)).toMatchObject({
      length: bytes.length - 2,
      trailing: { offset: bytes.length - 2, length: 2 },
    });
  });
});
