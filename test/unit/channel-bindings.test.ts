import { X509Certificate, createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { accept, initiate, secChannelBindings, tlsServerEndPoint } from 'sspi';
import { ecdsaSha384, ed25519, microsoftExample, pssDefault, pssSha512 } from './certificates';
import { CONTINUE, SEC_E_OK, bytes, credentialsFor, expectClean, script, thrown } from './support';

afterEach(expectClean);

const prefix = 'tls-server-end-point:';

function expected(der: Buffer, hash: string): Buffer {
  return Buffer.concat([bytes(prefix), createHash(hash).update(der).digest()]);
}

/** DER of a certificate that has nothing but a signature algorithm. */
function certificateSignedWith(oid: string, parameters = ''): Buffer {
  const algorithm = element('30', element('06', oid) + parameters);
  return Buffer.from(element('30', '3000' + algorithm + '030100'), 'hex');
}

function element(tag: string, content: string): string {
  return tag + (content.length / 2).toString(16).padStart(2, '0') + content;
}

describe('tlsServerEndPoint: the hash of the certificate, made with the certificate’s own signature hash', () => {
  test('Microsoft’s worked example: a SHA-1 signature, so SHA-256', () => {
    const data = tlsServerEndPoint(microsoftExample.certificate);
    expect(data.toString('latin1', 0, prefix.length)).toBe(prefix);
    expect(data.subarray(prefix.length).toString('hex')).toBe(microsoftExample.sha256);
  });

  test('ECDSA with SHA-384, as X509Certificate and as DER', () => {
    const certificate = new X509Certificate(ecdsaSha384.certificate);
    expect(tlsServerEndPoint(certificate)).toEqual(expected(certificate.raw, 'sha384'));
    expect(tlsServerEndPoint(new Uint8Array(certificate.raw))).toEqual(expected(certificate.raw, 'sha384'));
  });

  test('RSASSA-PSS names its hash in its parameters', () => {
    expect(tlsServerEndPoint(pssSha512)).toEqual(expected(pssSha512, 'sha512'));
  });

  test('RSASSA-PSS by default is SHA-1, so SHA-256', () => {
    expect(tlsServerEndPoint(pssDefault)).toEqual(expected(pssDefault, 'sha256'));
  });

  test.each([
    ['md5WithRSAEncryption', '2a864886f70d010104', 'sha256'],
    ['sha1WithRSAEncryption', '2a864886f70d010105', 'sha256'],
    ['sha224WithRSAEncryption', '2a864886f70d01010e', 'sha224'],
    ['sha256WithRSAEncryption', '2a864886f70d01010b', 'sha256'],
    ['sha384WithRSAEncryption', '2a864886f70d01010c', 'sha384'],
    ['sha512WithRSAEncryption', '2a864886f70d01010d', 'sha512'],
    ['ecdsa-with-SHA1', '2a8648ce3d0401', 'sha256'],
    ['ecdsa-with-SHA256', '2a8648ce3d040302', 'sha256'],
    ['ecdsa-with-SHA512', '2a8648ce3d040304', 'sha512'],
    ['dsa-with-sha256', '608648016503040302', 'sha256'],
    ['id-ecdsa-with-sha3-256', '60864801650304030a', 'sha3-256'],
  ])('%s', (_, oid, hash) => {
    const der = certificateSignedWith(oid, '0500');
    expect(tlsServerEndPoint(der)).toEqual(expected(der, hash));
  });

  test('Ed25519 has no separate hash: RFC 5929 defines no binding', () => {
    const error = thrown(() => tlsServerEndPoint(ed25519));
    expect(error).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
    expect(error.message).toContain('Ed25519');
  });

  test.each([
    ['Ed448', '2b6571'],
    ['an unknown algorithm', '2a030405'],
    ['RSASSA-PSS with an unknown hash', '2a864886f70d01010a', '3009a007300506032a0304'],
  ])('%s is refused', (_, oid, parameters = '') => {
    expect(thrown(() => tlsServerEndPoint(certificateSignedWith(oid, parameters)))).toMatchObject({
      code: 'ERR_SSPI_CHANNEL_BINDINGS',
    });
  });

  test('every truncation of a certificate is an error, not a crash', () => {
    const { certificate } = microsoftExample;
    for (let length = 0; length < certificate.length; length++) {
      expect(thrown(() => tlsServerEndPoint(certificate.subarray(0, length)))).toMatchObject({
        code: 'ERR_SSPI_CHANNEL_BINDINGS',
      });
    }
  });

  test.each([['-----BEGIN CERTIFICATE-----'], [undefined], [null], [{}], [7]])('%p is no certificate', (value) => {
    expect(thrown(() => tlsServerEndPoint(value as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});

describe('SEC_CHANNEL_BINDINGS: a 32-byte header with offsets, then the data', () => {
  test('Microsoft’s worked example', () => {
    expect(secChannelBindings(tlsServerEndPoint(microsoftExample.certificate))).toEqual(
      microsoftExample.secChannelBindings,
    );
  });

  test('of nothing binds to nothing', () => {
    expect(thrown(() => secChannelBindings(Buffer.alloc(0)))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
  });
});

describe('the option channelBindings', () => {
  const data = bytes(prefix + 'x'.repeat(32));

  test('given on every leg, of both sides', async () => {
    const legs = [
      { status: CONTINUE, token: bytes('1') },
      { status: CONTINUE, token: bytes('2') },
      { status: SEC_E_OK },
    ];
    const binding = script({ initiator: legs, acceptor: legs });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { channelBindings: data });
    await using server = accept(credentials, { channelBindings: data });
    await client.step();
    for (const handshake of [client, client, server, server, server]) await handshake.step(bytes('x'));
    const given = binding.calls.flatMap((call) => ('channelBindings' in call ? [call.channelBindings] : []));
    expect(given).toEqual(Array(6).fill(secChannelBindings(data)));
  });

  test('bytes that are a SEC_CHANNEL_BINDINGS structure are taken as they are', async () => {
    const binding = script({ initiator: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { channelBindings: secChannelBindings(data) });
    await client.step();
    expect(binding.callsOf('InitializeSecurityContext')[0]?.channelBindings).toEqual(secChannelBindings(data));
  });

  test.each([
    ['shorter than the header', Buffer.alloc(31, 1)],
    ['with lengths that lead outside', Buffer.concat([secChannelBindings(data), Buffer.alloc(1)])],
    ['cut off', secChannelBindings(data).subarray(0, -1)],
    ['with nothing behind the header', Buffer.alloc(32)],
  ])('bytes %s are application data', async (_, raw) => {
    const binding = script({ initiator: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { channelBindings: raw });
    await client.step();
    expect(binding.callsOf('InitializeSecurityContext')[0]?.channelBindings).toEqual(secChannelBindings(raw));
  });

  test('are a copy: the caller’s bytes are the caller’s', async () => {
    const binding = script({ initiator: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    const mine = secChannelBindings(data);
    await using client = initiate(credentials, { channelBindings: mine });
    mine.fill(0);
    await client.step();
    expect(binding.callsOf('InitializeSecurityContext')[0]?.channelBindings).toEqual(secChannelBindings(data));
  });

  test('a tls.TLSSocket: the initiator sees the server’s certificate as the peer’s, the acceptor as its own', async () => {
    const binding = script({ initiator: [{ status: SEC_E_OK }], acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    const tls = createServer({ cert: ecdsaSha384.certificate, key: ecdsaSha384.key }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const accepted = once(tls, 'secureConnection') as Promise<[TLSSocket]>;
    const port = (tls.address() as AddressInfo).port;
    const clientSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const [serverSocket] = await accepted;
    if (!clientSocket.authorizationError) await once(clientSocket, 'secureConnect');
    try {
      await using client = initiate(credentials, { channelBindings: clientSocket });
      await using server = accept(credentials, { channelBindings: serverSocket });
      await client.step();
      await server.step(bytes('x'));
      const structure = secChannelBindings(tlsServerEndPoint(new X509Certificate(ecdsaSha384.certificate)));
      expect(binding.callsOf('InitializeSecurityContext')[0]?.channelBindings).toEqual(structure);
      expect(binding.callsOf('AcceptSecurityContext')[0]?.channelBindings).toEqual(structure);
    } finally {
      clientSocket.destroy();
      serverSocket.destroy();
      tls.close();
      await once(tls, 'close');
    }
  });

  test.each([{}, null])('a socket whose certificate is %p has nothing to bind to', async (certificate) => {
    script({});
    await using credentials = await credentialsFor();
    const socket = { getPeerCertificate: () => certificate, getCertificate: () => certificate } as unknown as TLSSocket;
    expect(thrown(() => initiate(credentials, { channelBindings: socket }))).toMatchObject({
      code: 'ERR_SSPI_CHANNEL_BINDINGS',
    });
    expect(thrown(() => accept(credentials, { channelBindings: socket }))).toMatchObject({
      code: 'ERR_SSPI_CHANNEL_BINDINGS',
    });
  });

  test.each([['base64'], [{}], [null], [true]])('cannot be %p', async (value) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { channelBindings: value as never }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });
});
