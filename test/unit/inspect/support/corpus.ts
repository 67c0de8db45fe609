import { pssSha512 } from '../../certificates';
import { knownAnswers, hex, mitKrb5, readText, samba } from './data';
import { app, bits, bool, ctx, general, gss, int, octets, oids, seq, time, utf8 } from './der';
import { alert, exchange, nego, pku2u, verify } from './negoex';
import { be16, clientHello, extension, handshake, record, serverHello, vector16, vector24, vector8 } from './tls';

export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}

const principal = (type: number, ...names: string[]): Buffer =>
  seq(ctx(0, int(type)), ctx(1, seq(...names.map(general))));
const encrypted = (etype: number, size: number): Buffer =>
  seq(ctx(0, int(etype)), ctx(1, int(3)), ctx(2, octets(Buffer.alloc(size, 0xcc))));
export const ticket = (etype = 18): Buffer =>
  app(
    1,
    seq(
      ctx(0, int(5)),
      ctx(1, general('CORP.TEST')),
      ctx(2, principal(2, 'HTTP', 'web.corp.test')),
      ctx(3, encrypted(etype, 64)),
    ),
  );

/** KRB-ERROR with all its fields. */
export const krbError = (code: number, eData: Buffer): Buffer =>
  app(
    30,
    seq(
      ctx(0, int(5)),
      ctx(1, int(30)),
      ctx(2, time('20260102030405Z')),
      ctx(3, int(123456)),
      ctx(4, time('20260102031005Z')),
      ctx(5, int(654321)),
      ctx(6, int(code)),
      ctx(7, general('CORP.TEST')),
      ctx(8, principal(1, 'alice')),
      ctx(9, general('CORP.TEST')),
      ctx(10, principal(2, 'HTTP', 'web.corp.test')),
      ctx(11, general('why')),
      ctx(12, octets(eData)),
    ),
  );

export const methodData = seq(
  seq(
    ctx(1, int(19)),
    ctx(
      2,
      octets(seq(seq(ctx(0, int(18)), ctx(1, general('CORP.TESTalice')), ctx(2, octets(Buffer.from([0, 0, 16, 0])))))),
    ),
  ),
  seq(ctx(1, int(11)), ctx(2, octets(seq(seq(ctx(0, int(23)), ctx(1, octets('salt'))))))),
  seq(ctx(1, int(2)), ctx(2, octets(encrypted(18, 40)))),
  seq(ctx(1, int(3)), ctx(2, octets(hex('720000c00000000001000000')))),
  seq(ctx(1, int(128)), ctx(2, octets(seq(ctx(0, bool(true)))))),
  seq(ctx(1, int(165)), ctx(2, octets(Buffer.from([0x1f, 0, 0, 0])))),
  seq(ctx(1, int(167)), ctx(2, octets(seq(ctx(0, bits(0x90000000)))))),
  seq(ctx(1, int(16)), ctx(2, octets(''))),
);

export const certificateDer = (name: string): Buffer =>
  Buffer.from(readText(name).replace(/-----[A-Z ]+-----/g, ''), 'base64');

/** One or more tokens of every kind, for the tests that go through all of them. */
export function corpus(): Sample[] {
  const samples: Sample[] = [];
  const add = (name: string, bytes: Buffer): void => {
    samples.push({ name, bytes });
  };
  const {
    ms_nlmp_4_2: nlmp,
    freerdp_ntlm_http: freerdp,
    spnego_tokens: spnego,
    epa_tls_server_end_point: epa,
  } = knownAnswers;
  add('MS-NLMP CHALLENGE', hex(nlmp.v2.challengeMessage));
  add('MS-NLMP AUTHENTICATE', hex(nlmp.v2.authenticateMessage));
  add('FreeRDP NEGOTIATE', hex(freerdp.negotiate));
  add('FreeRDP CHALLENGE', hex(freerdp.challenge));
  add('FreeRDP AUTHENTICATE', hex(freerdp.authenticate));
  for (const [name, text] of Object.entries(spnego)) add(name, hex(text));
  add('certificate', hex(epa.certificateDer));
  add('certificate with SAN', certificateDer('tls-cert.pem'));
  add('certificate with EC key', certificateDer('ec-cert.pem'));
  add('certificate with RSASSA-PSS', pssSha512);
  add('gss_channel_bindings_struct', hex(epa.gssChannelBindingsStruct));
  add('SEC_CHANNEL_BINDINGS', hex(epa.SEC_CHANNEL_BINDINGS));
  for (const [name, { messages }] of Object.entries(samba.exchanges)) {
    messages.forEach((text, leg) => add(`Samba ${name} ${leg}`, hex(text)));
  }
  for (const [name, value] of Object.entries(mitKrb5)) {
    if (name === 'source' || name === 'password') continue;
    const texts = typeof value === 'string' ? [value] : (value as readonly string[]);
    texts.forEach((text, leg) => add(`MIT ${name} ${leg}`, hex(text)));
  }
  add('KRB-ERROR with METHOD-DATA', krbError(25, methodData));
  add('KRB-ERROR with TYPED-DATA', krbError(60, seq(seq(ctx(0, int(104)), ctx(1, octets('cms'))))));
  add(
    "KRB-ERROR with Microsoft's TYPED-DATA",
    krbError(7, seq(seq(ctx(0, int(-128))), seq(ctx(0, int(-129)), ctx(1, octets(hex('720200c00000000001000000')))))),
  );
  add(
    'KRB-ERROR with KERB-ERROR-DATA',
    krbError(18, seq(ctx(1, int(3)), ctx(2, octets(hex('720000c00000000001000000'))))),
  );
  add('KRB-ERROR in GSS framing', gss(oids.kerberos, hex('0300'), krbError(37, hex('3005a103020102'))));
  add(
    'TGT-REQ',
    gss(
      oids.userToUser,
      hex('0400'),
      seq(ctx(0, int(5)), ctx(1, int(16)), ctx(2, principal(2, 'host', 'pc')), ctx(3, general('CORP.TEST'))),
    ),
  );
  add('TGT-REP', gss(oids.userToUser, hex('0401'), seq(ctx(0, int(5)), ctx(1, int(17)), ctx(2, ticket(23)))));
  add('ticket', ticket());
  add('IAKERB', gss(oids.iakerb, hex('0501'), seq(ctx(1, utf8('CORP.TEST'))), hex(mitKrb5.kdc_exchange[0])));
  add('RFC 1964 MIC', gss(oids.kerberos, hex('0101 1100 ffffffff 1122334455667788 99aabbccddeeff00')));
  add(
    'RFC 1964 wrap',
    gss(oids.kerberos, hex('0201 1100 1000 ffff 1122334455667788 99aabbccddeeff00 0102030405060708 aabb')),
  );
  add('NTLM in GSS framing', gss(oids.ntlm, hex(freerdp.authenticate)));
  add(
    'NegoEx',
    Buffer.concat([
      nego(0, 0, [pku2u, Buffer.alloc(16, 7)], [[0x80000001, Buffer.from('ext')]]),
      exchange(2, 1, Buffer.from('meta')),
      exchange(5, 2, hex(freerdp.negotiate)),
    ]),
  );
  add('NegoEx end', Buffer.concat([verify(3, 16, Buffer.alloc(12, 9)), alert(4, 0xc000006d, 1)]));
  const extensions = [
    extension(0, vector16(Buffer.from([0]), vector16(Buffer.from('web.corp.test')))),
    extension(16, vector16(vector8(Buffer.from('h2')), vector8(Buffer.from('http/1.1')))),
    extension(43, vector8(be16(0x0304), be16(0x0303))),
    extension(10, vector16(be16(29), be16(23))),
    extension(13, vector16(be16(0x0403), be16(0x0804))),
    extension(51, vector16(be16(29), vector16(Buffer.alloc(32, 3)))),
  ];
  const hello = clientHello([0x0a0a, 0x1301, 0xc02f, 0x00ff], { sessionId: Buffer.alloc(32, 5), extensions });
  add('TLS ClientHello', record(22, hello, 0x0301));
  add(
    'TLS ClientHello over two records',
    Buffer.concat([record(22, hello.subarray(0, 50), 0x0301), record(22, hello.subarray(50), 0x0301)]),
  );
  add(
    'TLS 1.2 server flight',
    record(
      22,
      Buffer.concat([
        serverHello(0xc02f, { extensions: [extension(16, vector16(vector8(Buffer.from('h2'))))] }),
        handshake(11, vector24(vector24(certificateDer('tls-cert.pem')))),
        handshake(12, Buffer.from([3]), be16(29), vector8(Buffer.alloc(32, 4))),
        handshake(13, vector8(Buffer.from([1, 64])), vector16(be16(0x0403)), vector16(vector16(seq()))),
        handshake(14),
      ]),
    ),
  );
  add(
    'TLS flight after a HelloRetryRequest',
    Buffer.concat([record(20, Buffer.from([1])), record(22, hello), record(23, Buffer.alloc(20, 9))]),
  );
  add('TLS alert', record(21, Buffer.from([2, 40])));
  add(
    'TLS client finish',
    Buffer.concat([
      record(22, handshake(16, Buffer.alloc(33, 1))),
      record(20, Buffer.from([1])),
      record(22, Buffer.alloc(40, 0xee)),
      record(23, Buffer.alloc(10)),
    ]),
  );
  return samples;
}
