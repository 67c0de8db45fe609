/** Extended Protection over TLS of this process, and behind a proxy that ends it. */
import http from 'node:http';
import https from 'node:https';
import { tlsServerEndPoint, type ChannelBindingsSource, type ExtendedProtectionRecord } from 'sspi';
import { authenticate, type AuthenticateOptions } from 'sspi/http';
import { certificate, otherCertificate, tlsServerOptions } from './certificate';
import {
  cleanUp,
  connect,
  connectTls,
  domain,
  kerberosTarget,
  listen,
  ntlmTarget,
  scripted,
  tokensOf,
} from './support';

afterEach(cleanUp);

const own = tlsServerEndPoint(certificate);
const foreign = tlsServerEndPoint(otherCertificate);

async function serverFor(options: AuthenticateOptions, tls: boolean): Promise<number> {
  const signOn = authenticate(options);
  const app: http.RequestListener = (request, response) =>
    signOn(request, response, () => response.end(request.sspi?.context.channelBinding));
  const server = tls
    ? https.createServer({ maxHeaderSize: 80 * 1024, ...tlsServerOptions }, app)
    : http.createServer({ maxHeaderSize: 80 * 1024 }, app);
  signOn.attach(server);
  await signOn.ready();
  return listen(server);
}

async function ask(
  port: number,
  tls: boolean,
  channelBindings: ChannelBindingsSource | undefined,
  target = kerberosTarget,
): Promise<string> {
  const client = tls ? await connectTls(port) : await connect(port);
  const tokens = await tokensOf('alice', { target, channelBindings });
  let answer = await client.ask({ headers: { Authorization: await tokens.next() } });
  if (answer.status === 401 && answer.headers['www-authenticate']?.[0] !== 'Negotiate') {
    answer = await client.ask({ headers: { Authorization: await tokens.next(answer) } });
  }
  return `${answer.status} ${answer.body}`.trim();
}

describe('TLS of this process', () => {
  test.each([
    [undefined, own, '200 matched'],
    [undefined, undefined, '200 missing'],
    [undefined, foreign, '401'],
    ['always', own, '200 matched'],
    ['always', undefined, '401'],
    ['always', foreign, '401'],
    ['never', foreign, '200 unknown'],
  ] as const)('%s, %#: %s', async (extendedProtection, bindings, expected) => {
    domain();
    expect(await ask(await serverFor({ extendedProtection }, true), true, bindings)).toBe(expected);
  });

  test("NTLM under 'tls' needs bindings that match, whatever the policy", async () => {
    const provider = domain();
    const port = await serverFor({ ntlm: 'tls' }, true);
    // The domain in memory shows its NTLM only when it is negotiated, so this is the refusal by what was negotiated.
    expect(await ask(port, true, own, ntlmTarget)).toBe('401');
    expect(provider.liveCounts().contexts).toBeLessThanOrEqual(1);
  });

  test.each([
    [0x10, 200],
    [0x20, 401],
    [0x42, 401],
    [0, 401],
  ])("NTLM by its signature under 'tls': a result of 0x%x is answered %i", async (bindingsResult, status) => {
    const provider = scripted({
      acceptor: [
        { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('challenge') },
        { status: 'SEC_E_OK', bindingsResult },
      ],
      negotiated: 'NTLM',
    });
    const client = await connectTls(await serverFor({ ntlm: 'tls' }, true));
    const message = (type: number): string => {
      const bytes = Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.alloc(24)]);
      bytes.writeUInt32LE(type, 8);
      return `Negotiate ${bytes.toString('base64')}`;
    };
    expect((await client.ask({ headers: { Authorization: message(1) } })).status).toBe(401);
    expect((await client.ask({ headers: { Authorization: message(3) } })).status).toBe(status);
    // ASC_REQ_ALLOW_MISSING_BINDINGS is never asked for.
    for (const { flags, channelBindings } of provider.callsOf('AcceptSecurityContext')) {
      expect(flags & 0x10000000).toBe(0);
      expect(channelBindings).toBeDefined();
    }
  });
});

describe('a proxy that ends TLS', () => {
  test.each([
    [{ policy: 'always', certificate }, own, '200 matched'],
    [{ policy: 'always', certificate }, foreign, '401'],
    [{ policy: 'always', certificate: certificate.raw }, undefined, '401'],
    [{ policy: 'whenSupported', certificate }, undefined, '200 missing'],
    [{ policy: 'always', serviceNames: [kerberosTarget] }, foreign, '200 proxy'],
    [{ policy: 'always', serviceNames: [kerberosTarget] }, undefined, '401'],
    [{ policy: 'always', serviceNames: ['HTTP/other.example.test'] }, own, '401'],
    [{ policy: 'whenSupported', serviceNames: ['HTTP/other.example.test'] }, own, '401'],
    ['whenSupported', foreign, '200 unknown'],
  ] as const)('%j, %#: %s', async (extendedProtection, bindings, expected) => {
    domain();
    const found = await ask(await serverFor({ extendedProtection }, false), false, bindings);
    expect(found).toBe(expected);
  });

  test('audit tells whom always would refuse', async () => {
    domain();
    const records: ExtendedProtectionRecord[] = [];
    const audit = (record: ExtendedProtectionRecord): void => void records.push(record);
    const port = await serverFor({ extendedProtection: { policy: 'whenSupported', certificate, audit } }, false);
    expect(await ask(port, false, undefined)).toBe('200 missing');
    expect(records).toMatchObject([{ client: 'EXAMPLE\\alice', package: 'Kerberos', channelBinding: 'missing' }]);
  });
});

describe("'always' and nothing to hold a client to", () => {
  test('fails ready(), with an attached server that does not encrypt, too', async () => {
    domain();
    const signOn = authenticate({ extendedProtection: 'always' });
    await expect(signOn.ready()).rejects.toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    signOn.attach(http.createServer({ maxHeaderSize: 80 * 1024 }));
    await expect(signOn.ready()).rejects.toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('a plain connection beside an encrypted one: 403', async () => {
    const provider = domain();
    const signOn = authenticate({ extendedProtection: 'always' });
    const app: http.RequestListener = (request, response) => signOn(request, response, () => response.end());
    const secure = https.createServer({ maxHeaderSize: 80 * 1024, ...tlsServerOptions }, app);
    signOn.attach(secure);
    await listen(secure);
    await signOn.ready();
    expect(await ask(await listen(http.createServer(app)), false, own)).toBe('403');
    expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
  });
});
