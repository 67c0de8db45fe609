/** Channel bindings of a resumed TLS session, in which no certificate is sent (RFC 5929, section 4). */
import { X509Certificate, constants } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { accept, initiate, secChannelBindings, tlsServerEndPoint } from 'sspi';
import { peerCertificateOf } from '#lib/channel-bindings/tls-session';
import { ecdsaSha256, ecdsaSha384 } from './certificates';
import { SEC_E_OK, bytes, credentialsFor, expectClean, script, thrown } from './support';

afterEach(expectClean);

const byDefault = { cert: ecdsaSha384.certificate, key: ecdsaSha384.key };
const forItsName = { cert: ecdsaSha256.certificate, key: ecdsaSha256.key };

const bindingsOf = (pem: string): Buffer => secChannelBindings(tlsServerEndPoint(new X509Certificate(pem)));

interface Connection {
  readonly client: TLSSocket;
  readonly server: TLSSocket;
  readonly session: Buffer;
}

async function connection(tls: Server, session?: Buffer): Promise<Connection> {
  const accepted = once(tls, 'secureConnection') as Promise<[TLSSocket]>;
  const { port } = tls.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: 'web.corp.test', rejectUnauthorized: false, session });
  const told = once(client, 'session') as Promise<[Buffer]>;
  const [[server]] = await Promise.all([accepted, once(client, 'secureConnect')]);
  const [ticket] = session === undefined ? await told : [session];
  return { client, server, session: ticket };
}

/** Two connections to one server, the second of which offers the session of the first. */
async function twoConnections(
  options: TlsOptions,
  use: (first: Connection, second: Connection) => Promise<void>,
  prepare: (tls: Server) => void = () => undefined,
): Promise<void> {
  const tls = createServer({ ...byDefault, ...options }).listen(0, '127.0.0.1');
  prepare(tls);
  await once(tls, 'listening');
  const open: Connection[] = [];
  try {
    open.push(await connection(tls, undefined));
    open.push(await connection(tls, open[0]?.session));
    await use(...(open as [Connection, Connection]));
  } finally {
    for (const { client, server } of open) {
      client.destroy();
      server.destroy();
    }
    tls.close();
    await once(tls, 'close');
  }
}

/** The bindings that a side takes from a socket. */
async function taken(side: 'client' | 'server', socket: TLSSocket): Promise<Buffer | undefined> {
  const binding = script({ initiator: [{ status: SEC_E_OK }], acceptor: [{ status: SEC_E_OK }] });
  await using credentials = await credentialsFor();
  await using handshake = (side === 'client' ? initiate : accept)(credentials, { channelBindings: socket });
  await handshake.step(bytes('x'));
  return binding.calls.flatMap((call) => ('channelBindings' in call ? [call.channelBindings] : []))[0];
}

const severalNames = (tls: Server): void => tls.addContext('web.corp.test', forItsName);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed session of %s', (maxVersion) => {
  test('the client binds to the certificate that its session keeps', async () => {
    await twoConnections({ maxVersion }, async (first, second) => {
      expect([first.client.isSessionReused(), second.client.isSessionReused()]).toEqual([false, true]);
      expect(second.client.getPeerCertificate()).toEqual({});
      expect(await taken('client', first.client)).toEqual(bindingsOf(byDefault.cert));
      expect(await taken('client', second.client)).toEqual(bindingsOf(byDefault.cert));
    });
  });

  test('the client binds to the certificate that the server chose by SNI', async () => {
    const use = async (_: Connection, second: Connection): Promise<void> => {
      expect(second.client.isSessionReused()).toBe(true);
      expect(await taken('client', second.client)).toEqual(bindingsOf(forItsName.cert));
    };
    await twoConnections({ maxVersion }, use, severalNames);
  });

  test('a server with one certificate binds to it', async () => {
    await twoConnections({ maxVersion }, async (_, second) => {
      expect(second.server.isSessionReused()).toBe(true);
      expect(await taken('server', second.server)).toEqual(bindingsOf(byDefault.cert));
    });
  });

  test.each([
    ['addContext', {}, severalNames],
    ['an SNICallback', { SNICallback: (_: string, done: (error: null) => void) => done(null) }, undefined],
  ])('a server that chooses by SNI (%s) refuses, and says what to do', async (_name, options, prepare) => {
    const use = async (first: Connection, second: Connection): Promise<void> => {
      expect(await taken('server', first.server)).toEqual(
        bindingsOf(prepare === undefined ? byDefault.cert : forItsName.cert),
      );
      expect(second.server.isSessionReused()).toBe(true);
      script({});
      await using credentials = await credentialsFor();
      const error = thrown(() => accept(credentials, { channelBindings: second.server }));
      expect(error).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
      expect(error.hint).toContain('tlsServerEndPoint');
    };
    await twoConnections({ maxVersion, ...options }, use, prepare);
  });

  test('the remedy that the hint names: without tickets nothing is resumed', async () => {
    const options = { maxVersion, secureOptions: constants.SSL_OP_NO_TICKET };
    const use = async (_: Connection, second: Connection): Promise<void> => {
      expect(second.server.isSessionReused()).toBe(false);
      expect(await taken('server', second.server)).toEqual(bindingsOf(forItsName.cert));
      expect(await taken('client', second.client)).toEqual(bindingsOf(forItsName.cert));
    };
    await twoConnections(options, use, severalNames);
  });
});

describe('a session that keeps no certificate', () => {
  const resumed = (session: Buffer | undefined): TLSSocket =>
    ({
      getPeerCertificate: () => ({}),
      getCertificate: () => ({}),
      isSessionReused: () => true,
      getSession: () => session,
    }) as unknown as TLSSocket;

  test.each([
    ['is none', undefined],
    ['is empty', Buffer.alloc(0)],
    ['is no SSL_SESSION', bytes('not DER')],
    ['lacks field 3', Buffer.from('3006020101020203030000', 'hex')],
  ])('%s: a clear error', async (_, session) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { channelBindings: resumed(session) }))).toMatchObject({
      code: 'ERR_SSPI_CHANNEL_BINDINGS',
    });
  });

  test('every truncation of a session is one without a certificate', async () => {
    await twoConnections({}, async ({ session }) => {
      const whole = peerCertificateOf(session);
      expect(whole).toEqual(new X509Certificate(byDefault.cert).raw);
      for (let length = 0; length < session.length; length++) {
        expect(peerCertificateOf(session.subarray(0, length))).toBeUndefined();
      }
    });
  });
});
