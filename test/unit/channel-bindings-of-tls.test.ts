/** The bindings that come from the TLS handshake itself, from both ends of real connections. */
import { once } from 'node:events';
import { connect, createServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { tlsExporter } from '#lib/channel-bindings/tls-exporter';
import { tlsUnique } from '#lib/channel-bindings/tls-unique';
import { ecdsaSha384 } from './certificates';
import {
  accept,
  initiate,
  secChannelBindings,
  tlsExporter as exportedExporter,
  tlsUnique as exportedUnique,
  type ChannelBindingType,
} from 'sspi';
import { credentialsFor, expectClean, script, thrown } from './support';

let server: Server;
const accepted: TLSSocket[] = [];
const opened: TLSSocket[] = [];

beforeAll(async () => {
  server = createServer({ key: ecdsaSha384.key, cert: ecdsaSha384.certificate }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.write('hello'); // TLS 1.3 sends its session tickets with the first bytes
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

afterAll(() => void server.close());

async function connection(version: SecureVersion, session?: Buffer): Promise<{ client: TLSSocket; peer: TLSSocket }> {
  const { port } = server.address() as AddressInfo;
  const versions = { minVersion: version, maxVersion: version };
  const client = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...versions,
    ...(session && { session }),
  });
  opened.push(client);
  await once(client, 'data');
  return { client, peer: accepted.pop() as TLSSocket };
}

test('tls-unique is the same at both ends of TLS 1.2, and another for each connection', async () => {
  const first = await connection('TLSv1.2');
  const data = tlsUnique(first.client, 'initiator');
  expect(data.toString('latin1', 0, 11)).toBe('tls-unique:');
  expect(data).toHaveLength(11 + 12);
  expect(tlsUnique(first.peer, 'acceptor')).toEqual(data);
  expect(data.subarray(11)).toEqual(first.client.getFinished());

  const second = await connection('TLSv1.2');
  expect(tlsUnique(second.client, 'initiator')).not.toEqual(data);
});

test('tls-unique of a resumed session is the server’s Finished message, which comes first', async () => {
  const first = await connection('TLSv1.2');
  const resumed = await connection('TLSv1.2', first.client.getSession());
  expect(resumed.client.isSessionReused()).toBe(true);
  const data = tlsUnique(resumed.client, 'initiator');
  expect(data.subarray(11)).toEqual(resumed.peer.getFinished());
  expect(tlsUnique(resumed.peer, 'acceptor')).toEqual(data);
});

test('tls-exporter is the same at both ends of TLS 1.3', async () => {
  const { client, peer } = await connection('TLSv1.3');
  const data = tlsExporter(client);
  expect(data.toString('latin1', 0, 13)).toBe('tls-exporter:');
  expect(data).toHaveLength(13 + 32);
  expect(tlsExporter(peer)).toEqual(data);
  expect(data.subarray(13)).toEqual(client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)));
});

test('each is refused with the versions for which it is not defined', async () => {
  const modern = await connection('TLSv1.3');
  const old = await connection('TLSv1.2');
  expect(thrown(() => tlsUnique(modern.client, 'initiator'))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
  expect(thrown(() => tlsExporter(old.client))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
});

test('a closed socket has neither', async () => {
  const { client } = await connection('TLSv1.2');
  client.destroy();
  expect(thrown(() => tlsUnique(client, 'initiator'))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
  expect(thrown(() => tlsExporter(client))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
});

test('a socket whose handshake has not ended has neither', () => {
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => undefined);
  expect(thrown(() => tlsUnique(client, 'initiator'))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
  expect(thrown(() => tlsExporter(client))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
  client.destroy();
});

describe('as the option channelBindings', () => {
  afterEach(expectClean);

  /** What each side of a sign-on over this connection gives to SSPI. */
  async function given(
    { client, peer }: { client: TLSSocket; peer: TLSSocket },
    type: ChannelBindingType | undefined,
  ): Promise<(Buffer | undefined)[]> {
    const binding = script({ initiator: [{}], acceptor: [{}] });
    await using credentials = await credentialsFor();
    await using initiator = initiate(credentials, { channelBindings: { socket: client, type } });
    await using acceptor = accept(credentials, { channelBindings: { socket: peer, type } });
    await initiator.step();
    await acceptor.step(Buffer.from('x'));
    return binding.calls.flatMap((call) => ('channelBindings' in call ? [call.channelBindings] : []));
  }

  test.each<[ChannelBindingType | undefined, SecureVersion, string]>([
    ['tls-unique', 'TLSv1.2', 'tls-unique:'],
    ['tls-exporter', 'TLSv1.3', 'tls-exporter:'],
    ['tls-server-end-point', 'TLSv1.2', 'tls-server-end-point:'],
    ['tls-server-end-point', 'TLSv1.3', 'tls-server-end-point:'],
    [undefined, 'TLSv1.3', 'tls-server-end-point:'],
  ])('%s over %s is the same on both sides', async (type, version, prefix) => {
    const [mine, theirs] = await given(await connection(version), type);
    expect(mine).toEqual(theirs);
    expect(mine?.toString('latin1')).toContain(prefix);
  });

  test('are what the exported functions make', async () => {
    const old = await connection('TLSv1.2');
    expect((await given(old, 'tls-unique'))[0]).toEqual(secChannelBindings(exportedUnique(old.client, 'initiator')));
    const modern = await connection('TLSv1.3');
    expect((await given(modern, 'tls-exporter'))[0]).toEqual(secChannelBindings(exportedExporter(modern.client)));
  });

  test.each<[ChannelBindingType, SecureVersion]>([
    ['tls-unique', 'TLSv1.3'],
    ['tls-exporter', 'TLSv1.2'],
  ])('%s is refused over %s, for which it is not defined', async (type, version) => {
    script({});
    const { client: socket } = await connection(version);
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { channelBindings: { socket, type } }))).toMatchObject({
      code: 'ERR_SSPI_CHANNEL_BINDINGS',
      hint: expect.any(String) as string,
    });
  });

  test('refuses another type, another option and what is no socket', async () => {
    script({});
    const { client: socket } = await connection('TLSv1.3');
    await using credentials = await credentialsFor();
    for (const wrong of [
      { socket, type: 'tls-unique-for-telnet' },
      { socket, kind: 'tls-exporter' },
      { type: 'tls-exporter' },
      { socket: {} },
      null,
    ]) {
      expect(thrown(() => initiate(credentials, { channelBindings: wrong as never }))).toMatchObject({
        code: 'ERR_SSPI_INVALID_ARGUMENT',
      });
    }
    for (const call of [() => exportedExporter({} as never), () => exportedUnique(socket, 'server' as never)]) {
      expect(thrown(call)).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    }
  });
});
