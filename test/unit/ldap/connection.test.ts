import { Client } from 'ldapts';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireCredentials, SspiError, tlsServerEndPoint } from 'sspi';
import { sspiConnection, tokenGroups, whoAmI, type LdapConnectionOptions } from 'sspi/ldap';
import { bindAnswer, certificate, extendedAnswer, FakeDirectory, sids, type Faults } from './directory';
import { cleanUp, domain, onCleanUp, target } from '../sasl/support';
import { rejection } from '../support';
import type { Duplex } from 'node:stream';
import type { MechanismOptions } from 'sspi/sasl';

afterEach(cleanUp);

function clientOf({ port }: { port: number }, options: LdapConnectionOptions = {}): Client {
  const createConnection = sspiConnection({ target, ...options });
  const client = new Client({ url: `ldap://127.0.0.1:${port}`, createConnection });
  onCleanUp(async () => {
    await client.unbind();
    await delay(5);
  });
  return client;
}

async function served(
  options: Partial<MechanismOptions> = {},
  faults: Faults & { ldaps?: boolean } = {},
): Promise<FakeDirectory> {
  domain();
  return FakeDirectory.start(options, faults);
}

/** The server compares the client's channel bindings with those of its certificate. */
const boundTo: Partial<MechanismOptions> = { channelBindings: tlsServerEndPoint(new X509Certificate(certificate)) };

const refusal = (data: string): string =>
  `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v4563\0`;

/** SECPKG_CRED_OUTBOUND */
const outbound = 2;

const people = 'ou=people,dc=example,dc=test';
const search = { filter: '(objectClass=*)' };

describe('ldapts', () => {
  test('binds by itself, sealed, and says who it is', async () => {
    const directory = await served();
    const client = clientOf(directory);
    expect(await whoAmI(client)).toEqual({
      authzid: 'u:EXAMPLE\\alice',
      kind: 'user',
      user: 'alice',
      domain: 'EXAMPLE',
      dn: undefined,
    });
    expect(await tokenGroups(client)).toEqual(sids);
    const { searchEntries } = await client.search(people, search);
    expect(searchEntries).toEqual([{ dn: `cn=user0,${people}`, cn: 'user0' }]);
    expect(directory.binds).toEqual(['EXAMPLE\\alice confidentiality']);
    const open = Buffer.concat(directory.received).toString('latin1');
    expect(open).toContain('GSSAPI');
    expect(open).not.toContain('ou=people');
  });

  test.each([
    ['GSSAPI', 'integrity'],
    ['GSSAPI', 'confidentiality'],
    ['GSS-SPNEGO', 'integrity'],
    ['GSS-SPNEGO', 'confidentiality'],
  ] as const)('by %s with %s, and results larger than any buffer', async (mechanism, layer) => {
    const directory = await served({ layer }, { entries: 3000 });
    const { searchEntries } = await clientOf(directory, { mechanism, layer }).search(people, search);
    expect(searchEntries).toHaveLength(3000);
    expect(directory.binds).toEqual([`EXAMPLE\\alice ${layer}`]);
  });

  test('as somebody else, by NTLM where it is allowed and Kerberos is not possible', async () => {
    const directory = await served();
    const identity = { user: 'bob', password: 'Builder' };
    const byNtlm = clientOf(directory, { identity, ntlm: 'allow', target: 'ldap/127.0.0.1' });
    expect(await whoAmI(byNtlm)).toMatchObject({ user: 'bob' });
    const never = clientOf(directory, { identity, mechanism: 'GSS-SPNEGO', target: 'ldap/127.0.0.1' });
    expect(await rejection(whoAmI(never))).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
  });

  test('binds anew when the connection was lost', async () => {
    const directory = await served();
    const client = clientOf(directory);
    await whoAmI(client);
    directory.sockets.at(-1)?.destroy();
    await delay(20);
    expect(await whoAmI(client)).toMatchObject({ user: 'alice' });
    expect(directory.binds).toHaveLength(2);
  });

  test('a pool of clients shares one credential, which is freed with the last of them', async () => {
    const provider = domain();
    const directory = await FakeDirectory.start();
    const createConnection = sspiConnection({ target });
    const clients = Array.from(
      { length: 10 },
      () => new Client({ url: `ldap://127.0.0.1:${directory.port}`, createConnection }),
    );
    await Promise.all(clients.map((client) => whoAmI(client)));
    const acquired = provider.callsOf('AcquireCredentialsHandle').filter(({ use }) => use === outbound);
    expect(acquired).toHaveLength(1);
    await Promise.all(clients.map((client) => client.unbind()));
    await delay(20);
    const again = new Client({ url: `ldap://127.0.0.1:${directory.port}`, createConnection });
    await whoAmI(again);
    await again.unbind();
    expect(provider.callsOf('AcquireCredentialsHandle').filter(({ use }) => use === outbound)).toHaveLength(2);
    await delay(20);
  });

  test('credentials of the caller’s stay the caller’s', async () => {
    const directory = await served();
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    const client = clientOf(directory, { credentials });
    await whoAmI(client);
    await client.unbind();
    await delay(20);
    expect(credentials.disposed).toBe(false);
  });

  test('an authzid reaches the directory', async () => {
    const directory = await served({ authorize: (authzid) => authzid === 'dn:cn=other' });
    await whoAmI(clientOf(directory, { authzid: 'dn:cn=other' }));
    expect(directory.binds).toHaveLength(1);
  });
});

describe('TLS', () => {
  const tlsOptions = { ca: certificate, checkServerIdentity: () => undefined };

  test.each(['ldaps', 'startTLS'] as const)('%s binds without a layer, bound to the connection', async (tls) => {
    const directory = await served({ layer: 'none', ...boundTo }, { ldaps: tls === 'ldaps' });
    const client = clientOf(directory, { tls, tlsOptions });
    expect(await whoAmI(client)).toMatchObject({ user: 'alice' });
    expect(directory.binds).toEqual(['EXAMPLE\\alice none']);
    expect(Buffer.concat(directory.received).toString('latin1')).not.toContain('GSSAPI');
  });

  test('a layer inside TLS, for directories that accept one', async () => {
    const directory = await served();
    await whoAmI(clientOf(directory, { tls: 'startTLS', tlsOptions, layer: 'confidentiality' }));
    expect(directory.binds).toEqual(['EXAMPLE\\alice confidentiality']);
  });

  test('without its bindings the refusal is explained', async () => {
    const directory = await served({ layer: 'none', ...boundTo });
    const client = clientOf(directory, { tls: 'startTLS', tlsOptions, channelBindings: false });
    expect(await rejection(whoAmI(client))).toMatchObject({
      code: 'ERR_SSPI_LDAP_REFUSED',
      hint: expect.stringContaining('requires channel bindings'),
    });
  });

  test('a certificate that nobody vouches for is refused as Node does', async () => {
    const directory = await served({ layer: 'none' });
    const error = await rejection(whoAmI(clientOf(directory, { tls: 'startTLS' })));
    expect((error as { code?: string }).code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
    expect(directory.binds).toEqual([]);
  });

  test('StartTLS that the directory refuses is an error, and nothing goes out in the open', async () => {
    const directory = await served({}, { startTls: (id) => extendedAnswer(id, 52, undefined, 'no certificate') });
    const error = await rejection(whoAmI(clientOf(directory, { tls: 'startTLS', tlsOptions })));
    expect(error).toMatchObject({
      code: 'ERR_SSPI_LDAP_REFUSED',
      message: expect.stringContaining('refused StartTLS: unavailable (no certificate)'),
    });
    expect(Buffer.concat(directory.received).toString('latin1')).not.toContain('GSSAPI');
  });

  test('bytes behind the answer to StartTLS are an error: somebody else may have sent them', async () => {
    const directory = await served(
      {},
      { startTls: (id) => Buffer.concat([extendedAnswer(id, 0), bindAnswer(id + 1, 0)]) },
    );
    const error = await rejection(whoAmI(clientOf(directory, { tls: 'startTLS', tlsOptions })));
    expect(error).toMatchObject({ code: 'ERR_SSPI_LDAP_MESSAGE' });
  });
});

describe('a bad directory', () => {
  const injected = bindAnswer(99, 0);

  test.each<[string, Faults, string, RegExp]>([
    [
      'refuses with a sub-code',
      { onBind: (id) => bindAnswer(id, 49, refusal('775')) },
      'ERR_SSPI_LDAP_REFUSED',
      /lock/,
    ],
    ['demands a layer', { onBind: (id) => bindAnswer(id, 8, '') }, 'ERR_SSPI_LDAP_REFUSED', /requires signing/],
    [
      'wants no layer inside TLS',
      { onBind: (id) => bindAnswer(id, 53, 'SASL:[GSSAPI]: Sign or Seal are not allowed if TLS is used') },
      'ERR_SSPI_LDAP_REFUSED',
      /no security layer inside TLS/,
    ],
    ['knows no such mechanism', { onBind: (id) => bindAnswer(id, 7, '') }, 'ERR_SSPI_LDAP_REFUSED', /supportedSASL/],
    ['reports success at once', { onBind: (id) => bindAnswer(id, 0) }, 'ERR_SSPI_LDAP_MESSAGE', /no credentials/],
    [
      'reports success too early',
      { answerBind: (answer, step) => (step === 0 ? asSuccess(answer) : answer) },
      'ERR_SSPI_LDAP_MESSAGE',
      /success before the sign-on was complete/,
    ],
    ['leaves the credentials out', { onBind: (id) => bindAnswer(id, 14) }, 'ERR_SSPI_LDAP_MESSAGE', /no credentials/],
    ['answers another message', { onBind: (id) => bindAnswer(id + 1, 14) }, 'ERR_SSPI_LDAP_MESSAGE', /no answer to/],
    ['answers another operation', { onBind: (id) => extendedAnswer(id, 0) }, 'ERR_SSPI_LDAP_MESSAGE', /no answer to/],
    ['speaks HTTP', { onBind: () => Buffer.from('HTTP/1.1 400') }, 'ERR_SSPI_LDAP_MESSAGE', /no LDAP message/],
    ['sends too much', { onBind: () => Buffer.from('3084010000010201', 'hex') }, 'ERR_SSPI_LDAP_MESSAGE', /message of/],
    ['sends broken BER', { onBind: () => Buffer.from('30050201010203', 'hex') }, 'ERR_SSPI_LDAP_MESSAGE', /BER/],
    [
      'closes, and says why',
      { onBind: () => extendedAnswer(0, 52, undefined, 'shutting down') },
      'ERR_SSPI_LDAP_MESSAGE',
      /shutting down/,
    ],
    [
      'sends plaintext before the layer',
      { answerBind: (answer, step) => (step === 2 ? Buffer.concat([answer, injected]) : answer) },
      'ERR_SSPI_LDAP_MESSAGE',
      /before the connection was protected/,
    ],
    [
      'sends plaintext in the middle of the bind',
      { answerBind: (answer, step) => (step === 0 ? Buffer.concat([answer, injected]) : answer) },
      'ERR_SSPI_LDAP_MESSAGE',
      /before the connection was protected/,
    ],
    [
      'hangs up',
      {
        onBind: (_, __, socket) => {
          socket.end();
          return Buffer.alloc(0);
        },
      },
      'ERR_SSPI_PEER_ENDED',
      /closed the connection/,
    ],
    [
      'hangs up in the middle of an answer',
      {
        onBind: (id, _, socket) => {
          socket.end(bindAnswer(id, 14, '', Buffer.alloc(100)).subarray(0, 20));
          return Buffer.alloc(0);
        },
      },
      'ERR_SSPI_PEER_ENDED',
      /closed the connection/,
    ],
  ])('%s', async (_, faults, code, message) => {
    const directory = await served({}, faults);
    const error = await rejection(whoAmI(clientOf(directory)));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(directory.operations).toBe(0);
  });

  test('answers one byte at a time: no difference', async () => {
    const directory = await served({}, { dribbles: true });
    expect(await whoAmI(clientOf(directory))).toMatchObject({ user: 'alice' });
  });

  test('offers another layer', async () => {
    const directory = await served({ layer: 'none' });
    const error = await rejection(whoAmI(clientOf(directory)));
    expect(error).toMatchObject({ code: expect.stringMatching(/ERR_SSPI_SASL_LAYER|ERR_SSPI_LDAP_REFUSED/) });
  });

  test('turns to plaintext after the bind: the driver hears of it, and of nothing else', async () => {
    const directory = await served();
    const client = clientOf(directory);
    await whoAmI(client);
    const pending = rejection(client.search(people, search));
    directory.sockets[0]?.write(bindAnswer(3, 0));
    const error = await pending;
    expect(error.message).toMatch(/Socket error.*\n.*protected frame|Connection closed/s);
  });

  test('is another service: the target of the caller counts', async () => {
    domain({ services: [target] });
    const directory = await FakeDirectory.start();
    const error = await rejection(whoAmI(clientOf(directory, { target: 'ldap/dc2.example.test' })));
    expect(error).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
  });
});

describe('giving up', () => {
  const silent: Faults = { onBind: () => Buffer.alloc(0) };

  test('the signal ends a bind, and refuses new connections', async () => {
    const directory = await served({}, silent);
    const controller = new AbortController();
    const client = clientOf(directory, { signal: controller.signal });
    const pending = rejection(whoAmI(client));
    while (directory.received.length === 0) await delay(1);
    controller.abort();
    expect(await pending).toMatchObject({ code: 'ERR_SSPI_ABORTED', name: 'AbortError' });
    expect(await rejection(whoAmI(client))).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(directory.sockets).toHaveLength(1);
  });

  test('the signal does not touch what is bound', async () => {
    const directory = await served();
    const controller = new AbortController();
    const client = clientOf(directory, { signal: controller.signal });
    await whoAmI(client);
    controller.abort();
    expect(await whoAmI(client)).toMatchObject({ user: 'alice' });
  });

  test('the time limit covers the bind', async () => {
    const directory = await served({}, silent);
    const error = await rejection(whoAmI(clientOf(directory, { timeout: 30 })));
    expect(error).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
  });

  test('the driver’s own connectTimeout leaves nothing behind', async () => {
    const directory = await served({}, silent);
    const client = new Client({
      url: `ldap://127.0.0.1:${directory.port}`,
      connectTimeout: 30,
      createConnection: sspiConnection({ target }),
    });
    expect((await rejection(whoAmI(client))).message).toBe('Connection timeout');
    await delay(20);
    expect(directory.sockets[0]?.destroyed).toBe(true);
  });

  test.each([0, 1, 5, 20])('a stream that is destroyed after %i ms leaves nothing behind', async (milliseconds) => {
    const directory = await served();
    const stream = sspiConnection({ target })(directory.port, '127.0.0.1');
    await delay(milliseconds);
    stream.destroy();
    await delay(30);
    expect(stream.destroyed).toBe(true);
  });

  test('nobody listens at the port', async () => {
    const directory = await served();
    directory.close();
    expect(await rejection(whoAmI(clientOf(directory)))).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('the stream', () => {
  test('is like a socket that connects, and keeps what is written before', async () => {
    const directory = await served();
    const stream = sspiConnection({ target })({ port: directory.port, host: '127.0.0.1' });
    expect([stream.connecting, stream.readyState, stream.pending]).toEqual([true, 'opening', true]);
    stream.setNoDelay().setKeepAlive(true).setTimeout(10_000).unref().ref();
    await once(stream, 'ready');
    expect([stream.connecting, stream.readyState, stream.remotePort]).toEqual([false, 'open', directory.port]);
    stream.destroySoon();
    await once(stream, 'close');
    expect(stream.readyState).toBe('closed');
  });

  test('tells its idle time', async () => {
    const directory = await served();
    const stream = sspiConnection({ target })(directory.port, '127.0.0.1');
    let idle = 0;
    stream.setTimeout(50, () => (idle += 1));
    await once(stream, 'timeout');
    expect(idle).toBe(1);
    (stream as Duplex).destroy();
    await once(stream, 'close');
  });
});

describe('options', () => {
  test.each<[string, object, RegExp]>([
    ['an unknown name', { spn: 'x' }, /options has no option "spn"/],
    ['NTLM by GSSAPI', { ntlm: 'allow', mechanism: 'GSSAPI' }, /^ntlm: 'allow' needs/],
    ['an unknown rule', { ntlm: true }, /^ntlm must be 'never' or 'allow'/],
    ['two accounts', { identity: 'anonymous', credentials: {} }, /^identity and credentials exclude/],
    [
      'a password that is erased',
      { identity: { user: 'a', password: Buffer.from('b'), zeroPassword: true } },
      /erases/,
    ],
    ['unknown TLS', { tls: 'yes' }, /^tls must be 'ldaps' or 'startTLS'/],
    ['options without TLS', { tlsOptions: {} }, /^tlsOptions need tls/],
    ['bindings without TLS', { channelBindings: true }, /^channelBindings need tls/],
    ['no time', { timeout: -1 }, /^timeout must be/],
    ['an unknown layer', { layer: 'seal' }, /^layer must be/],
  ])('%s', (_, options, message) => {
    expect(() => sspiConnection(options as LdapConnectionOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT', message: expect.stringMatching(message) as string }),
    );
  });

  test('an address needs a target', () => {
    expect(() => sspiConnection()(389, '127.0.0.1')).toThrow(/"127\.0\.0\.1" is an address/);
    expect(() => sspiConnection()(0)).toThrow(/port must be a number/);
  });
});

/** Turns a bind response "in progress" into one of success. */
function asSuccess(answer: Buffer): Buffer {
  const at = answer.indexOf(Buffer.from('0a010e', 'hex'));
  const copy = Buffer.from(answer);
  copy.writeUInt8(0, at + 2);
  return copy;
}

test('what is thrown is the package’s error class', async () => {
  const directory = await served({}, { onBind: (id) => bindAnswer(id, 49, refusal('533')) });
  const error = await rejection(whoAmI(clientOf(directory)));
  expect(error).toBeInstanceOf(SspiError);
  expect(error.message).toMatch(/The account is disabled\. Enable it\.$/);
});
