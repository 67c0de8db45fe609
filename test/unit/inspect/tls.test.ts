/** TLS records by RFC 8446 and RFC 5246, and those of OpenSSL's own handshakes. */
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { createHash, X509Certificate } from 'node:crypto';
import {
  decode,
  formatTree,
  type Certificate,
  type CertificateToken,
  type TlsClientHello,
  type TlsServerHello,
  type TlsToken,
} from 'sspi/inspect';
import { tlsServerEndPoint } from 'sspi';
import { pssHashes, signatureAlgorithms } from '#lib/inspect/tls/signature-algorithms';
import { ed25519, pssDefault, pssSha512 } from '../certificates';
import { certificateDer } from './support/corpus';
import { hex, readText } from './support/data';
import { ctx, oid, seq, tlv } from './support/der';
import {
  be16,
  clientHello,
  extension,
  handshake,
  record,
  serverHello,
  vector16,
  vector24,
  vector8,
} from './support/tls';

const records = (bytes: Buffer): TlsToken['records'] => (decode(bytes) as TlsToken).records;
const messages = (bytes: Buffer): string[] =>
  records(bytes).flatMap((item) => (item.messages ?? []).map(({ messageType }) => messageType.name));
const firstMessage = (bytes: Buffer): unknown => records(bytes)[0]?.messages?.[0];

describe('ClientHello', () => {
  const full = clientHello([0x1a1a, 0x1302, 0xc030, 0x009d, 0x1234], {
    sessionId: Buffer.alloc(32, 9),
    extensions: [
      extension(0x2a2a),
      extension(0, vector16(Buffer.from([0]), vector16(Buffer.from('web.corp.test')))),
      extension(10, vector16(be16(0x3a3a), be16(29), be16(0x11ec), be16(0x9999))),
      extension(13, vector16(be16(0x0804), be16(0x0403))),
      extension(16, vector16(vector8(Buffer.from('h2')), vector8(Buffer.from('http/1.1')))),
      extension(43, vector8(be16(0x4a4a), be16(0x0304), be16(0x0303))),
      extension(51, vector16(be16(29), vector16(Buffer.alloc(32)), be16(23), vector16(Buffer.alloc(65)))),
      extension(23),
    ],
  });

  test('with its extensions', () => {
    expect(firstMessage(record(22, full, 0x0301))).toMatchObject({
      type: 'client-hello',
      messageType: { value: 1, name: 'client_hello' },
      length: full.length - 4,
      version: { value: 0x0303, name: 'TLS 1.2' },
      random: '11'.repeat(32),
      sessionId: '09'.repeat(32),
      cipherSuites: [
        { name: 'GREASE' },
        { value: 0x1302, name: 'AES_256_GCM_SHA384' },
        { value: 0xc030, name: 'ECDHE_RSA_WITH_AES_256_GCM_SHA384' },
        { value: 0x009d, name: 'RSA_WITH_AES_256_GCM_SHA384' },
        { value: 0x1234, name: 'unknown' },
      ],
      compressionMethods: [0],
      serverName: 'web.corp.test',
      alpn: ['h2', 'http/1.1'],
      supportedVersions: [{ name: 'GREASE' }, { name: 'TLS 1.3' }, { name: 'TLS 1.2' }],
      extensions: [
        { type: { name: 'GREASE' }, length: 0 },
        { type: { name: 'server_name' } },
        {
          type: { name: 'supported_groups' },
          values: [{ name: 'GREASE' }, { name: 'x25519' }, { name: 'X25519MLKEM768' }, { name: 'unknown' }],
        },
        {
          type: { name: 'signature_algorithms' },
          values: [{ name: 'rsa_pss_rsae_sha256' }, { name: 'ecdsa_secp256r1_sha256' }],
        },
        { type: { name: 'application_layer_protocol_negotiation' } },
        { type: { name: 'supported_versions' } },
        { type: { name: 'key_share' }, values: [{ name: 'x25519' }, { name: 'secp256r1' }] },
        { type: { name: 'extended_master_secret' }, length: 0 },
      ],
      notes: [],
    });
  });

  test('over several records, and the place of a fault in them', () => {
    for (const cut of [1, 3, 4, 5, 40, full.length - 1]) {
      const bytes = Buffer.concat([record(22, full.subarray(0, cut)), record(22, full.subarray(cut))]);
      const items = records(bytes);
      expect(items[0]?.messages?.[0]).toMatchObject({ serverName: 'web.corp.test' });
      expect(items[1]?.messages).toBeUndefined();
    }
    // A session id of 255 bytes, in the second of two records.
    const broken = Buffer.from(full);
    broken[38] = 255;
    const bytes = Buffer.concat([record(22, broken.subarray(0, 20)), record(22, broken.subarray(20))]);
    broken.writeUInt8(255, 38);
    expect(() => decode(bytes.subarray(0, 5 + 20 + 5 + 60))).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_TRUNCATED' }),
    );
    const wrongList = Buffer.from(full);
    wrongList.writeUInt16BE(0xffff, 4 + 2 + 32 + 33);
    const split = Buffer.concat([record(22, wrongList.subarray(0, 20)), record(22, wrongList.subarray(20))]);
    expect(() => decode(split)).toThrow(
      expect.objectContaining({ path: 'records[0].messages[0].cipherSuites', offset: 4 + 2 + 32 + 33 + 2 + 10 }),
    );
  });

  test('offers of what protects nothing, but not of old ciphers at the end', () => {
    const offers = (...suites: number[]): string[] =>
      ((firstMessage(record(22, clientHello(suites))) as TlsClientHello).notes ?? [])
        .map(({ text }) => text)
        .filter((text) => text.includes('cipher suites'));
    expect(offers(0x1301, 0xc02f, 0x000a, 0x0005)).toEqual([]);
    expect(offers(0xc02f, 0x0003, 0x0001, 0x0003)).toEqual([
      'offers weak cipher suites: RSA_EXPORT_WITH_RC4_40_MD5, RSA_WITH_NULL_MD5',
    ]);
    expect(offers(0, 1, 2, 3, 6, 8)).toEqual([
      'offers weak cipher suites: NULL_WITH_NULL_NULL, RSA_WITH_NULL_MD5, RSA_WITH_NULL_SHA, RSA_EXPORT_WITH_RC4_40_MD5 and 2 more',
    ]);
  });

  test('without extensions, of an old version', () => {
    const token = decode(record(22, clientHello([0x0005], { version: 0x0301 }), 0x0301)) as TlsToken;
    const hello = token.records[0]?.messages?.[0] as TlsClientHello;
    expect(hello.extensions).toEqual([]);
    expect(hello.notes?.map(({ text }) => text)).toEqual([
      expect.stringContaining('no server name'),
      'offers nothing newer than TLS 1.0',
    ]);
  });
});

describe('ServerHello', () => {
  test('of TLS 1.2', () => {
    expect(
      firstMessage(
        record(
          22,
          serverHello(0xc02f, { extensions: [extension(0), extension(16, vector16(vector8(Buffer.from('h2'))))] }),
        ),
      ),
    ).toMatchObject({
      type: 'server-hello',
      version: { name: 'TLS 1.2' },
      cipherSuite: { name: 'ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
      alpn: ['h2'],
      helloRetryRequest: false,
      notes: [],
    });
  });

  test('of TLS 1.3, and the retry', () => {
    const random = createHash('sha256').update('HelloRetryRequest').digest();
    const extensions = [extension(43, be16(0x0304)), extension(51, be16(23))];
    const hello = firstMessage(record(22, serverHello(0x1301, { random, extensions }))) as TlsServerHello;
    expect(hello).toMatchObject({ helloRetryRequest: true, selectedVersion: { name: 'TLS 1.3' } });
    expect(hello.extensions[1]).toMatchObject({ type: { name: 'key_share' }, values: [{ name: 'secp256r1' }] });
  });

  test.each([
    [0x0003, 'RSA_EXPORT_WITH_RC4_40_MD5'],
    [0x0014, 'DHE_RSA_EXPORT_WITH_DES40_CBC_SHA'],
    [0x002b, 'KRB5_EXPORT_WITH_RC4_40_MD5'],
    [0x0062, 'RSA_EXPORT1024_WITH_DES_CBC_SHA'],
    [0x003b, 'RSA_WITH_NULL_SHA256'],
    [0xc00b, 'ECDH_RSA_WITH_NULL_SHA'],
    [0xc0b4, 'SHA256_SHA256'],
    [0x00a6, 'DH_anon_WITH_AES_128_GCM_SHA256'],
    [0xc012, 'ECDHE_RSA_WITH_3DES_EDE_CBC_SHA'],
  ])('%i, a weak choice: %s', (suite, name) => {
    const hello = firstMessage(record(22, serverHello(suite))) as TlsServerHello;
    expect(hello.notes).toEqual([{ level: 'warning', text: `${name}: weak` }]);
  });

  test('weak choices', () => {
    const hello = firstMessage(record(22, serverHello(0x0005, { version: 0x0301 }))) as TlsServerHello;
    expect(hello.notes?.map(({ text }) => text)).toEqual([
      'TLS 1.0: an old version of TLS',
      'RSA_WITH_RC4_128_SHA: weak',
    ]);
  });
});

describe('other records', () => {
  test.each([
    [2, 40, 'fatal', 'handshake_failure'],
    [2, 48, 'fatal', 'unknown_ca'],
    [2, 116, 'fatal', 'certificate_required'],
    [1, 0, 'warning', 'close_notify'],
    [9, 99, 'unknown', 'unknown'],
  ])('alert %d %d', (level, description, levelName, name) => {
    expect(decode(record(21, Buffer.from([level, description])))).toMatchObject({
      records: [
        {
          contentType: { name: 'alert' },
          alert: { level: { name: levelName }, description: { value: description, name } },
        },
      ],
      notes: [{ level: description === 0 ? 'info' : 'warning', text: `${levelName} alert: ${name}` }],
    });
  });

  test('what follows a change of keys is ciphertext', () => {
    const bytes = Buffer.concat([
      record(22, handshake(16, Buffer.alloc(10))),
      record(20, Buffer.from([1])),
      record(22, Buffer.alloc(40, 1)),
      record(21, Buffer.alloc(2)),
      record(23, Buffer.alloc(9)),
    ]);
    expect(records(bytes).map(({ encrypted }) => encrypted ?? false)).toEqual([false, false, true, true, true]);
  });

  test('a second ClientHello, after the change_cipher_spec that a HelloRetryRequest is followed by', () => {
    const hello = clientHello([0x1301], { sessionId: Buffer.alloc(32, 5) });
    const change = record(20, Buffer.from([1]));
    expect(records(Buffer.concat([change, record(22, hello)]))).toMatchObject([
      { contentType: { name: 'change_cipher_spec' } },
      { messages: [{ type: 'client-hello', cipherSuites: [{ name: 'AES_128_GCM_SHA256' }] }] },
    ]);
    // Over two records, and with an alert in plain text after it.
    const split = Buffer.concat([
      change,
      record(22, hello.subarray(0, 60)),
      record(22, hello.subarray(60)),
      record(21, Buffer.from([2, 47])),
    ]);
    expect(records(split).map(({ encrypted }) => encrypted)).toEqual([undefined, undefined, undefined, undefined]);
    expect(messages(split)).toEqual(['client_hello']);
  });

  test('the ServerHello after a HelloRetryRequest', () => {
    const random = createHash('sha256').update('HelloRetryRequest').digest();
    const bytes = Buffer.concat([
      record(22, serverHello(0x1301, { random })),
      record(20, Buffer.from([1])),
      record(22, serverHello(0x1301)),
      record(23, Buffer.alloc(30)),
    ]);
    expect(records(bytes).map(({ encrypted }) => encrypted ?? false)).toEqual([false, false, false, true]);
    expect(records(bytes).map(({ messages: list }) => list?.[0]?.type)).toEqual([
      'server-hello',
      undefined,
      'server-hello',
      undefined,
    ]);
  });

  test('a handshake record of ciphertext, without the change of keys before it', () => {
    expect(records(record(22, Buffer.alloc(40, 0xee)))).toMatchObject([{ encrypted: true }]);
  });

  test('CertificateRequest before and in TLS 1.2', () => {
    const name = hex('300f310d300b06035504030c04526f6f74');
    const old = handshake(13, vector8(Buffer.from([1, 64])), vector16(vector16(name)));
    const current = handshake(
      13,
      vector8(Buffer.from([1])),
      vector16(be16(0x0401), be16(0x0503)),
      vector16(vector16(name)),
    );
    expect(firstMessage(record(22, old))).toMatchObject({
      certificateTypes: [{ name: 'rsa_sign' }, { name: 'ecdsa_sign' }],
      authorities: ['CN=Root'],
    });
    expect(firstMessage(record(22, current))).toMatchObject({
      signatureAlgorithms: [{ name: 'rsa_pkcs1_sha256' }, { name: 'ecdsa_secp384r1_sha384' }],
      authorities: ['CN=Root'],
    });
  });

  test('bytes behind the last record', () => {
    expect(decode(Buffer.concat([record(21, Buffer.from([2, 40])), hex('ffff')]))).toMatchObject({
      trailing: { offset: 7, length: 2 },
    });
  });

  test.each([
    [
      'a record that breaks off',
      record(22, clientHello([1])).subarray(0, 30),
      'TRUNCATED',
      'records[0].messages[0].random',
      11,
    ],
    [
      'a record of ciphertext that breaks off',
      record(23, Buffer.alloc(50)).subarray(0, 30),
      'TRUNCATED',
      'records[0].fragment',
      5,
    ],
    ['a header that breaks off', hex('160303'), 'TRUNCATED', 'records[0].length', 3],
    ['a record of 20,000 bytes', record(23, Buffer.alloc(20_000)), 'MALFORMED', 'records[0].length', 3],
    [
      'a message that breaks off',
      record(22, clientHello([1]).subarray(0, 30)),
      'TRUNCATED',
      'records[0].messages[0].random',
      11,
    ],
  ])('%s', (_, bytes, code, path, offset) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: `ERR_SSPI_INSPECT_${code}`, path, offset }));
  });
});

describe('certificates', () => {
  test.each(['tls-cert.pem', 'ec-cert.pem'])('%s: as OpenSSL reads it', (file) => {
    const der = certificateDer(file);
    const known = new X509Certificate(der);
    const { certificate, tlsServerEndPoint } = decode(der) as CertificateToken;
    expect(certificate.serialNumber.replace(/^00/, '').toUpperCase()).toBe(known.serialNumber);
    expect(new Date(certificate.notBefore)).toEqual(new Date(known.validFrom));
    expect(new Date(certificate.notAfter)).toEqual(new Date(known.validTo));
    expect(certificate.subject.split(', ')).toEqual(known.subject.split('\n'));
    expect(certificate.issuer.split(', ')).toEqual(known.issuer.split('\n'));
    const algorithm = file === 'ec-cert.pem' ? 'sha384' : 'sha256';
    expect(tlsServerEndPoint).toMatchObject({
      hashAlgorithm: algorithm,
      hash: createHash(algorithm).update(der).digest('hex'),
    });
  });

  test('names of the server', () => {
    expect((decode(certificateDer('tls-cert.pem')) as CertificateToken).certificate.dnsNames).toEqual([
      'web.sspi.test',
      'www.sspi.test',
    ]);
  });

  test('in PEM', () => {
    expect(decode(readText('tls-cert.pem'))).toMatchObject({
      kind: 'certificate',
      certificate: { subject: 'C=DE, O=Sspi Test, CN=web.sspi.test' },
    });
  });

  test('in a Certificate message, an empty one too', () => {
    const der = certificateDer('tls-cert.pem');
    const list = firstMessage(
      record(22, handshake(11, vector24(vector24(der), vector24(certificateDer('ec-cert.pem'))))),
    ) as { certificates: Certificate[] };
    expect(list.certificates.map(({ length }) => length)).toEqual([der.length, certificateDer('ec-cert.pem').length]);
    expect(firstMessage(record(22, handshake(11, vector24())))).toMatchObject({
      certificates: [],
      notes: [{ text: 'no certificate' }],
    });
  });
});

/** Two ends of a wire; what each writes is kept, one Buffer for each flight. */
function wire(): { client: Duplex; server: Duplex; flights: { from: string; bytes: Buffer }[] } {
  const flights: { from: string; bytes: Buffer }[] = [];
  const end = (from: string, other: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        const last = flights.at(-1);
        if (last?.from === from) last.bytes = Buffer.concat([last.bytes, chunk]);
        else flights.push({ from, bytes: chunk });
        other().push(chunk);
        done();
      },
    });
  const client: Duplex = end('client', () => server);
  const server: Duplex = end('server', () => client);
  return { client, server, flights };
}

async function handshakeOf(
  version: tls.SecureVersion,
  requestCert: boolean,
): Promise<{ from: string; bytes: Buffer }[]> {
  const { client, server, flights } = wire();
  const cert = readText('tls-cert.pem');
  const key = readText('tls-key.pem');
  const secureContext = tls.createSecureContext({ cert, key, minVersion: version, maxVersion: version });
  const serverEnd = new tls.TLSSocket(server, {
    isServer: true,
    secureContext,
    requestCert,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  const clientEnd = tls.connect({
    socket: client,
    servername: 'web.sspi.test',
    ca: cert,
    cert,
    key,
    minVersion: version,
    maxVersion: version,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  const established = new Promise<void>((resolve) => serverEnd.once('secure', resolve));
  await new Promise<void>((resolve, reject) => clientEnd.once('secureConnect', resolve).once('error', reject));
  await established;
  serverEnd.destroy();
  clientEnd.destroy();
  return flights;
}

describe('channel bindings of certificates', () => {
  test.each([
    ['RSASSA-PSS with SHA-512', pssSha512, 'sha512'],
    ['RSASSA-PSS with its default, SHA-1', pssDefault, 'sha256'],
  ])('%s', (_, der, hashAlgorithm) => {
    expect(decode(der)).toMatchObject({
      certificate: { signatureAlgorithm: { name: 'rsassaPss' } },
      tlsServerEndPoint: { hashAlgorithm, hash: createHash(hashAlgorithm).update(der).digest('hex') },
    });
  });

  test('Ed25519 has none', () => expect(decode(ed25519)).not.toHaveProperty('tlsServerEndPoint'));

  const tbs = pssDefault.subarray(4, 8 + pssDefault.readUInt16BE(6));
  const signedWith = (algorithm: string, ...parameters: Buffer[]): Buffer =>
    seq(tbs, seq(oid(algorithm), ...parameters), tlv(3, hex('00')));
  const pss = '1.2.840.113549.1.1.10';
  const pssWith = (hash: string): Buffer => signedWith(pss, seq(ctx(0, seq(oid(hash)))));

  test.each<[string, Buffer]>([
    ...Object.keys(signatureAlgorithms).map((algorithm): [string, Buffer] => [algorithm, signedWith(algorithm)]),
    ...Object.keys(pssHashes).map((hash): [string, Buffer] => [`PSS ${hash}`, pssWith(hash)]),
    ['PSS of an unknown hash', pssWith('1.2.3')],
    ['an unknown algorithm', signedWith('1.2.3')],
  ])("agree with the package's own: %s", (_, der) => {
    const { tlsServerEndPoint: found } = decode(der) as CertificateToken;
    let expected: string | undefined;
    try {
      expected = tlsServerEndPoint(der).subarray('tls-server-end-point:'.length).toString('hex');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
    }
    expect(found?.hash).toBe(expected);
  });
});

describe("OpenSSL's handshakes", () => {
  test('TLS 1.2 with a client certificate', async () => {
    const flights = await handshakeOf('TLSv1.2', true);
    const names = flights.slice(0, 4).map(({ from, bytes }) => `${from}: ${messages(bytes).join(' ')}`);
    expect(names).toEqual([
      'client: client_hello',
      'server: server_hello certificate server_key_exchange certificate_request server_hello_done',
      'client: certificate client_key_exchange certificate_verify',
      'server: new_session_ticket',
    ]);
    expect(firstMessage(flights[0]?.bytes as Buffer)).toMatchObject({
      serverName: 'web.sspi.test',
      alpn: ['h2', 'http/1.1'],
    });
    const hello = firstMessage(flights[1]?.bytes as Buffer) as TlsServerHello;
    expect(hello).toMatchObject({ version: { name: 'TLS 1.2' }, alpn: ['h2'] });
    expect(hello.cipherSuite.name).not.toBe('unknown');
    expect(formatTree(decode(flights[1]?.bytes as Buffer))).toContain('CN=web.sspi.test');
    expect(records(flights[2]?.bytes as Buffer).at(-1)).toMatchObject({
      contentType: { name: 'handshake' },
      encrypted: true,
    });
  });

  test('TLS 1.3', async () => {
    const [first, second] = await handshakeOf('TLSv1.3', false);
    expect(firstMessage(first?.bytes as Buffer)).toMatchObject({ supportedVersions: [{ name: 'TLS 1.3' }] });
    expect(firstMessage(second?.bytes as Buffer)).toMatchObject({
      selectedVersion: { name: 'TLS 1.3' },
      helloRetryRequest: false,
    });
    expect(
      records(second?.bytes as Buffer)
        .slice(2)
        .every(({ encrypted }) => encrypted),
    ).toBe(true);
  });

  test('every cipher suite that OpenSSL offers has a name', async () => {
    const [first] = await handshakeOf('TLSv1.2', false);
    const hello = firstMessage(first?.bytes as Buffer) as TlsClientHello;
    expect(hello.cipherSuites.length).toBeGreaterThan(5);
    expect(hello.cipherSuites.filter(({ name }) => name === 'unknown')).toEqual([]);
    expect(hello.extensions.filter(({ type }) => type.name === 'unknown')).toEqual([]);
  });
});
