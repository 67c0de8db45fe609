/** `close()`, cancelling and AbortSignals at each stage, several addresses, and what credentials live for. */
import net from 'node:net';
import { memoryProvider, scriptedProvider, useProvider } from 'sspi/testing';
import { acquireCredentials } from 'sspi';
import { windowsConnector, windowsSignOn } from 'sspi/mssql';
import { scriptedAuthenticator } from '../../support/tds/authenticators';
import {
  causeOf,
  closed,
  connect,
  connectTo,
  drivers,
  inDomain,
  newest,
  plainTo,
  refusal,
  startServer,
  trusting,
} from './support';
import type { ConnectionConfiguration } from 'tedious';
import type { LookupFunction } from 'node:net';
import type { Stage } from '../../support/tds/server';

const leavesNothing = inDomain();

const stages: readonly Stage[] = ['prelogin', 'tls', 'login7', 'token', 'answer'];
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(drivers)('%s', (_, driver) => {
  // tedious 19 does not tell its connector of close(), and goes on until its time limit.
  const limited = { ...trusting, connectTimeout: 400 };

  it.each(stages)('close() while the server hangs at the stage %s', async (at) => {
    await using server = await startServer({ encrypt: 'on', fault: { kind: 'hang', at } });
    const connection = new driver.Connection(windowsSignOn(connectTo(server.port, limited)) as ConnectionConfiguration);
    connection.on('error', () => undefined);
    connection.connect(() => undefined);
    await sleep(60);
    connection.close();
    while (server.open > 0) await sleep(1);
  });

  it.each(stages)('an AbortSignal while the server hangs at the stage %s', async (at) => {
    await using server = await startServer({ encrypt: 'on', fault: { kind: 'hang', at } });
    const controller = new AbortController();
    const refused = refusal(driver, windowsSignOn(connectTo(server.port, trusting), { signal: controller.signal }));
    await sleep(60);
    controller.abort(new Error('enough'));
    const error = await refused;
    expect(error.code).toBe('ESOCKET');
    expect(causeOf(error)).toMatchObject({
      code: 'ERR_SSPI_ABORTED',
      name: 'AbortError',
      cause: { message: 'enough' },
    });
    while (server.open > 0) await sleep(1);
  });

  it('close() at any moment leaves nothing', async () => {
    await using server = await startServer({ encrypt: 'on' });
    for (let delay = 0; delay < 40; delay += 2) {
      const config = windowsSignOn(connectTo(server.port, limited)) as ConnectionConfiguration;
      const connection = new driver.Connection(config);
      connection.on('error', () => undefined);
      connection.connect(() => {
        connection.close();
      });
      await sleep(delay);
      connection.close();
    }
    while (server.open > 0) await sleep(1);
  });
});

it('a signal that was aborted before connects nowhere', async () => {
  await using server = await startServer();
  const config = windowsSignOn(plainTo(server.port), { signal: AbortSignal.abort() });
  expect(causeOf(await refusal(newest, config))).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
  expect(server.seen).toEqual([]);
});

it('a signal that is aborted after the login is none of the connection’s', async () => {
  await using server = await startServer();
  const controller = new AbortController();
  const connection = await connect(newest, windowsSignOn(plainTo(server.port), { signal: controller.signal }));
  controller.abort();
  await sleep(10);
  expect(server.open).toBe(1);
  await closed(connection);
});

it('a security authority that hangs is given up with the driver’s own time limit', async () => {
  let answer!: () => void;
  const until = new Promise<void>((resolve) => {
    answer = resolve;
  });
  using hanging = useProvider(scriptedProvider({ initiator: [{ token: Buffer.from('late'), until }] }));
  expect(hanging).toBeDefined();
  await using server = await startServer({ authenticate: scriptedAuthenticator(1, 0) });
  const error = await refusal(newest, windowsSignOn(connectTo(server.port, { encrypt: false, connectTimeout: 100 })));
  expect(error.code).toBe('ETIMEOUT');
  while (server.open > 0) await sleep(1);
  answer();
});

describe('the bare connector', () => {
  it('has a time limit of its own, where the driver has none', async () => {
    await using server = await startServer({ fault: { kind: 'hang', at: 'prelogin' } });
    const connector = windowsConnector({ encrypt: false, connectTimeout: 50 });
    const connecting = connector({ host: '127.0.0.1', port: server.port });
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SSPI_SQL_TIMEOUT' });
  });

  it('gives a socket as the driver expects one', async () => {
    await using server = await startServer();
    const connector = windowsConnector({ encrypt: false });
    const socket = await connector({ host: '127.0.0.1', port: server.port, localAddress: '127.0.0.1' });
    expect(socket).toBeInstanceOf(net.Socket);
    expect(socket).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: server.port,
      pending: false,
      readyState: 'open',
    });
    expect(socket.setNoDelay(true).setKeepAlive(true, 1000).setTimeout(0).ref().unref()).toBe(socket);
    expect(socket.address()).toMatchObject({ address: '127.0.0.1' });
    socket.destroy();
  });

  it.each([
    ['something else than TDS', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /packet of|type/],
    ['LOGIN7 before PRELOGIN', Buffer.from('1001000800000100', 'hex'), /type 16/],
  ])('refuses a driver that says %s', async (_, bytes, message) => {
    await using server = await startServer();
    const socket = await windowsConnector({ encrypt: false })({ host: '127.0.0.1', port: server.port });
    const failed = new Promise<Error>((resolve) => socket.once('error', resolve));
    socket.write(bytes);
    if (bytes[0] === 0x47) socket.write(Buffer.alloc(40_000));
    expect(await failed).toMatchObject({
      code: 'ERR_SSPI_SQL_DRIVER',
      message: expect.stringMatching(message) as string,
    });
  });

  it('says where it could not connect to', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const connecting = windowsConnector()({ host: '127.0.0.1', port });
    await expect(connecting).rejects.toMatchObject({
      code: 'ERR_SSPI_SQL_CONNECTION',
      message: expect.stringContaining(`127.0.0.1:${port} (ECONNREFUSED)`) as string,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('dials all addresses at once for an availability group', async () => {
    await using server = await startServer();
    const lookup = ((_host: string, _options: object, callback: (error: null, all: object[]) => void) => {
      // Nobody is at the first two: one refuses, and one never answers.
      callback(
        null,
        ['127.0.0.9', '192.0.2.1', '127.0.0.1'].map((address) => ({ address, family: 4 })),
      );
    }) as LookupFunction;
    const connector = windowsConnector({ encrypt: false, multiSubnetFailover: true, connectTimeout: 5000 });
    const socket = await connector({ host: 'ag.corp.test', port: server.port }, lookup);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });
});

describe('credentials', () => {
  it('of the caller are used and left alone', async () => {
    await using server = await startServer();
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    const connection = await connect(newest, windowsSignOn(plainTo(server.port), { credentials }));
    await closed(connection);
    expect(credentials.disposed).toBe(false);
  });

  it('of the caller that were disposed are an error of this side', async () => {
    await using server = await startServer();
    const credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    await credentials.dispose();
    const error = await refusal(newest, windowsSignOn(plainTo(server.port), { credentials }));
    expect(causeOf(error)).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  it.each([
    ['are shared while they hold', 3_600_000, 1],
    ['are renewed when they are about to expire', 30_000, 2],
  ])('%s', async (_, lifetime, count) => {
    const scripted = scriptedProvider({
      credential: { expiry: Date.now() + lifetime },
      initiator: () => ({ token: Buffer.from('token') }),
    });
    using inUse = useProvider(scripted);
    expect(inUse).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(1, 0) });
    const config = windowsSignOn(plainTo(server.port));
    const first = await connect(newest, config);
    const second = await connect(newest, config);
    expect(scripted.calls.filter(({ api }) => api === 'AcquireCredentialsHandle')).toHaveLength(count);
    await closed(first);
    await closed(second);
    await leavesNothing();
  });

  it('that cannot be had are the connector’s rejection, and are tried again', async () => {
    using nobody = useProvider(memoryProvider({ users: { alice: 'Wonderland' }, currentUser: null }));
    expect(nobody).toBeDefined();
    await using server = await startServer();
    const config = windowsSignOn(plainTo(server.port));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await refusal(newest, config);
      expect(error.cause).toMatchObject({ code: 'SEC_E_NO_CREDENTIALS', api: 'AcquireCredentialsHandle' });
    }
  });

  it.each([true, false])('are delegated only if that is asked for (%s)', async (delegate) => {
    const scripted = scriptedProvider({ initiator: () => ({ token: Buffer.from('token') }) });
    using inUse = useProvider(scripted);
    expect(inUse).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(1, 0) });
    await closed(await connect(newest, windowsSignOn(plainTo(server.port), { delegate })));
    const call = scripted.calls.find(({ api }) => api === 'InitializeSecurityContext');
    expect(((call as unknown as { flags: number }).flags & 1) === 1).toBe(delegate);
  });
});
