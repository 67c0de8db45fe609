/** When NTLM is accepted. */
import { cleanUp, connect, domain, kerberos, ntlm, onCleanUp, scripted, serve, tokenOf } from './support';
import { initiate, acquireCredentials } from 'sspi';

afterEach(cleanUp);

const oid = {
  spnego: Buffer.from('06062b0601050502', 'hex'),
  ntlm: Buffer.from('060a2b06010401823702020a', 'hex'),
  kerberos: Buffer.from('06092a864886f712010202', 'hex'),
};
const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const raw = Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.from([1, 0, 0, 0]), Buffer.alloc(20)]);
const initToken = (mechanisms: readonly Buffer[], token?: Buffer): Buffer =>
  tlv(
    0x60,
    oid.spnego,
    tlv(0xa0, tlv(0x30, tlv(0xa0, tlv(0x30, ...mechanisms)), ...(token ? [tlv(0xa2, tlv(0x04, token))] : []))),
  );

const shapes: [string, Buffer][] = [
  ['raw', raw],
  ['as the mechToken of SPNEGO', initToken([oid.kerberos, oid.ntlm], raw)],
  ['offered first by SPNEGO, without a token', initToken([oid.ntlm, oid.kerberos])],
  ['offered alone', initToken([oid.ntlm])],
  ['without the frame of an initial token', initToken([oid.ntlm], raw).subarray(2 + oid.spnego.length)],
  ['in a response token', tlv(0xa1, tlv(0x30, tlv(0xa2, tlv(0x04, raw))))],
  [
    'in an octet string of several parts',
    tlv(0x60, oid.spnego, tlv(0xa0, tlv(0x30, tlv(0xa2, tlv(0x24, tlv(0x04, raw)))))),
  ],
];

test.each(shapes)('never: NTLM %s is refused before SSPI sees it', async (_name, token) => {
  const provider = scripted({});
  const { port, refusals } = await serve({ ntlm: 'never' });
  const client = await connect(port);
  const Authorization = `Negotiate ${token.toString('base64')}`;
  const answer = await client.ask({ headers: { Authorization } });
  expect(answer).toMatchObject({ status: 401, body: '', headers: { 'www-authenticate': ['Negotiate'] } });
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
  expect(refusals[0]).toMatchObject({ status: 401, package: 'NTLM' });
});

test('a Kerberos token that offers NTLM second is none of NTLM', async () => {
  const provider = scripted({ acceptor: [{ status: 'SEC_E_OK' }], negotiated: 'Kerberos' });
  const { port } = await serve({ ntlm: 'never' });
  const token = initToken([oid.kerberos, oid.ntlm], tlv(0x60, oid.kerberos, Buffer.from('0100aabb', 'hex')));
  const answer = await (
    await connect(port)
  ).ask({ headers: { Authorization: `Negotiate ${token.toString('base64')}` } });
  expect(answer.status).toBe(200);
  expect(provider.callsOf('AcquireCredentialsHandle').map(({ identity }) => identity?.packageList)).toEqual(['!NTLM']);
});

test('what was negotiated counts, whatever the tokens look like', async () => {
  const provider = scripted({ acceptor: [{ status: 'SEC_E_OK', token: Buffer.from('bye') }], negotiated: 'NTLM' });
  const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
  onCleanUp(() => credentials.dispose());
  const { port, refusals } = await serve({ ntlm: 'never', optional: true, credentials });
  const client = await connect(port);
  const answer = await client.ask({ headers: { Authorization: `Negotiate ${Buffer.from('?').toString('base64')}` } });
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  expect(refusals[0]).toMatchObject({ package: 'NTLM' });
  expect((await client.ask()).body).toBe('nobody');
  expect(provider.liveCounts().contexts).toBe(0);
});

describe('loopback, the default', () => {
  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.9.8.7:1', '[::1]', '[::1]:8080'])(
    'the Host %s is this machine',
    async (host) => {
      domain();
      const { port } = await serve();
      expect((await ntlm(await connect(port, host))).status).toBe(200);
    },
  );

  test.each([
    ['another name, as after DNS rebinding', { Host: 'evil.test' }],
    ['a name that begins like one', { Host: 'localhost.evil.test' }],
    ['a name that ends like one', { Host: 'notlocalhost' }],
    ['an address that begins like one', { Host: '127.0.0.1.evil.test' }],
    ['Via', { Via: '1.1 proxy' }],
    ['Forwarded', { forwarded: 'for=10.0.0.1' }],
    ['X-Forwarded-For', { 'X-Forwarded-For': '127.0.0.1' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'https' }],
  ])('%s: refused', async (_name, headers) => {
    const provider = domain();
    for (const proxy of ['pooling', 'connection-per-client'] as const) {
      const { port } = await serve({ proxy });
      const client = await connect(port);
      const answer = await ntlm(client, 'alice', { headers });
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
      expect(tokenOf(answer)).toBeUndefined();
    }
    expect(provider.callsOf('AcceptSecurityContext').filter(({ index }) => index > 0)).toHaveLength(0);
  });

  test('two Hosts, or none, are no loopback', async () => {
    domain();
    const { port } = await serve({ node: { requireHostHeader: false } });
    const credentials = await acquireCredentials({
      package: 'Negotiate',
      use: 'outbound',
      identity: { user: 'alice', password: 'Wonderland' },
    });
    const handshake = initiate(credentials, { target: 'HTTP/127.0.0.1' });
    const token = (await handshake.step()).token?.toString('base64') ?? '';
    for (const hosts of ['', 'Host: localhost\r\nHost: localhost\r\n']) {
      const client = await connect(port);
      client.write(`GET / HTTP/1.1\r\n${hosts}Authorization: Negotiate ${token}\r\n\r\n`);
      const answer = await client.read();
      expect([400, 401]).toContain(answer.status);
      expect(tokenOf(answer)).toBeUndefined();
    }
    await handshake.dispose();
    await credentials.dispose();
  });

  test('a kept identity does not serve a request for another Host', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    expect((await ntlm(client)).status).toBe(200);
    expect((await client.ask({ headers: { Host: 'evil.test' } })).status).toBe(401);
    expect((await client.ask()).status).toBe(401);
  });

  test('Kerberos is taken from anywhere', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port, 'web.example.test');
    expect((await kerberos(client)).status).toBe(200);
  });
});

test('allow takes it from anywhere but a pooling proxy', async () => {
  domain();
  const { port } = await serve({ ntlm: 'allow' });
  expect((await ntlm(await connect(port, 'web.example.test'))).status).toBe(200);
  const forwarded = await ntlm(await connect(port), 'alice', { headers: { Via: '1.1 proxy' } });
  expect(forwarded.status).toBe(401);
  expect(tokenOf(forwarded)).toBeUndefined();
});

test('tls without TLS: refused', async () => {
  domain();
  const { port } = await serve({ ntlm: 'tls' });
  const answer = await ntlm(await connect(port));
  expect(answer.status).toBe(401);
  expect(tokenOf(answer)).toBeUndefined();
  expect((await kerberos(await connect(port))).status).toBe(200);
});

test('the scheme NTLM is refused by the same rule, without an offer of it', async () => {
  const provider = scripted({});
  const { port } = await serve({ ntlm: 'never', schemes: ['Negotiate', 'NTLM'] });
  const answer = await (await connect(port)).ask({ headers: { Authorization: `NTLM ${raw.toString('base64')}` } });
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
});
