import dgram from 'node:dgram';
import { once } from 'node:events';
import type { SrvRecord } from 'node:dns';
import { findControllers, type FindControllersOptions } from 'sspi/ldap';
import * as ber from '#lib/wire/ber';
import { inOrder } from '#lib/ldap/controllers';
import { message, readMessage, responseTags } from '#lib/wire/ldap-messages';
import { cleanUp, onCleanUp } from '../sasl/support';
import { rejection } from '../support';

afterEach(cleanUp);

type Zone = Readonly<
  Record<string, readonly (readonly [priority: number, weight: number, port: number, host: string])[]>
>;

/** A DNS server that answers questions for SRV records, and for the address of `here`, out of a table, and others with NXDOMAIN. */
async function dns(
  zone: Zone,
  here: readonly string[] = [],
): Promise<{ readonly servers: string[]; readonly asked: string[] }> {
  const socket = dgram.createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12);
    asked.push(name);
    const isA = query.readUInt16BE(end) === 1;
    const records = isA ? [] : (zone[name] ?? []);
    const header = Buffer.from(query.subarray(0, 12));
    const local = isA && here.includes(name) ? [Buffer.from('c00c000100010000003c00047f000001', 'hex')] : [];
    header.writeUInt16BE(records.length + local.length === 0 ? 0x8583 : 0x8580, 2);
    header.writeUInt16BE(records.length + local.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = records.map(([priority, weight, port, host]) => {
      const data = Buffer.concat([u16(priority), u16(weight), u16(port), encodeName(host)]);
      return Buffer.concat([Buffer.from('c00c00210001', 'hex'), u16(0), u16(60), u16(data.length), data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers, ...local]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onCleanUp(() => socket.close());
  return { servers: [`127.0.0.1:${socket.address().port}`], asked };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

const encodeName = (name: string): Buffer =>
  Buffer.concat([...name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]), Buffer.of(0)]);

function readName(bytes: Buffer, at: number): { name: string; end: number } {
  const labels: string[] = [];
  let next = at;
  for (let length = bytes.readUInt8(next); length > 0; length = bytes.readUInt8(next)) {
    labels.push(bytes.toString('latin1', next + 1, next + 1 + length));
    next += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: next + 1 };
}

const zone: Zone = {
  '_ldap._tcp.dc._msdcs.corp.test': [
    [10, 0, 389, 'far.corp.test'],
    [0, 100, 389, 'dc1.corp.test'],
    [5, 100, 389, 'DC2.corp.test'],
  ],
  '_ldap._tcp.berlin._sites.dc._msdcs.corp.test': [[0, 100, 389, 'dc2.corp.test']],
  '_gc._tcp.corp.test': [[0, 100, 3268, 'dc1.corp.test']],
};

test('controllers by priority', async () => {
  const { servers } = await dns(zone);
  const found = await findControllers('corp.test', { servers });
  expect(found.map(({ host }) => host)).toEqual(['dc1.corp.test', 'dc2.corp.test', 'far.corp.test']);
  expect(found[0]).toEqual({ host: 'dc1.corp.test', port: 389, inSite: false });
});

test('those of the site first, once each', async () => {
  const { servers } = await dns(zone);
  const found = await findControllers('corp.test.', { servers, site: 'Berlin' });
  expect(found.map(({ host, inSite }) => [host, inSite])).toEqual([
    ['dc2.corp.test', true],
    ['dc1.corp.test', false],
    ['far.corp.test', false],
  ]);
});

/** A controller that answers pings; it listens where DNS says. */
async function controller(answer: (id: number) => Buffer | undefined): Promise<{ port: number; pings: Buffer[] }> {
  const socket = dgram.createSocket('udp4');
  const pings: Buffer[] = [];
  socket.on('message', (ping, from) => {
    pings.push(ping);
    const said = answer(readMessage(ping).id);
    if (said !== undefined) socket.send(said, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onCleanUp(() => socket.close());
  return { port: socket.address().port, pings };
}

/** NETLOGON_SAM_LOGON_RESPONSE_EX that names the site of the client, and nothing else. */
function pong(id: number, site: string): Buffer {
  const names = Buffer.concat([Buffer.alloc(7), site === '' ? Buffer.of(0) : encodeName(site)]);
  const value = Buffer.concat([Buffer.from([23, 0]), Buffer.alloc(22), names]);
  const attribute = ber.sequence(ber.octetString('Netlogon'), ber.element(ber.tags.set, ber.octetString(value)));
  return message(id, ber.element(responseTags.searchEntry, ber.octetString(''), ber.sequence(attribute)));
}

const searchDone = ber.element(responseTags.searchDone, ber.enumerated(0), ber.octetString(''), ber.octetString(''));

describe('the site of this machine', () => {
  const zoneWith = (port: number): Zone => ({
    ...zone,
    '_ldap._tcp.dc._msdcs.corp.test': [
      [0, 0, port, 'dc1.corp.test'],
      [5, 0, 389, 'dc2.corp.test'],
    ],
  });
  const inBerlin = [
    ['dc2.corp.test', true],
    ['dc1.corp.test', false],
  ];
  const outside = [
    ['dc1.corp.test', false],
    ['dc2.corp.test', false],
  ];

  test.each<[string, (id: number) => Buffer | undefined, unknown]>([
    ['is what a controller says', (id) => pong(id, 'Berlin'), inBerlin],
    ['is unknown to the controller', (id) => pong(id, ''), outside],
    ['is one without controllers', (id) => pong(id, 'Atlantis'), outside],
    ['is no name', (id) => pong(id, 'a/b'), outside],
    ['stays unknown: a domain that the controller does not have', (id) => message(id, searchDone), outside],
    ['stays unknown: an answer to another ping', (id) => pong(id + 1, 'Berlin'), outside],
    ['stays unknown: garbage', () => Buffer.from('garbage'), outside],
    ['stays unknown: no answer', () => undefined, outside],
  ])('%s', async (_, answer, expected) => {
    const { port, pings } = await controller(answer);
    const { servers } = await dns(zoneWith(port), ['dc1.corp.test']);
    const found = await findControllers('corp.test', { servers, site: true });
    expect(found.map(({ host, inSite }) => [host, inSite])).toEqual(expected);
    expect(pings).toHaveLength(1);
    expect(pings[0]?.includes('corp.test')).toBe(true);
  });

  test('the signal ends the question', async () => {
    const aborter = new AbortController();
    const { port } = await controller(() => {
      aborter.abort();
      return undefined;
    });
    const { servers } = await dns(zoneWith(port), ['dc1.corp.test']);
    const start = performance.now();
    const pending = findControllers('corp.test', { servers, site: true, signal: aborter.signal });
    expect(await rejection(pending)).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(performance.now() - start).toBeLessThan(900);
  });
});

test('a site that nobody knows changes nothing', async () => {
  const { servers } = await dns(zone);
  expect(await findControllers('corp.test', { servers, site: 'Atlantis' })).toHaveLength(3);
});

test('global catalogues', async () => {
  const { servers, asked } = await dns(zone);
  expect(await findControllers('corp.test', { servers, globalCatalog: true })).toEqual([
    { host: 'dc1.corp.test', port: 3268, inSite: false },
  ]);
  expect(asked).toEqual(['_gc._tcp.corp.test']);
});

test('a domain without controllers', async () => {
  const { servers } = await dns(zone);
  expect(await rejection(findControllers('other.test', { servers }))).toMatchObject({
    code: 'ERR_SSPI_LDAP_NO_CONTROLLER',
    message: expect.stringContaining('other.test'),
    cause: expect.objectContaining({ code: 'ENOTFOUND' }) as Error,
  });
});

test('the signal', async () => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onCleanUp(() => socket.close());
  const servers = [`127.0.0.1:${socket.address().port}`];
  const controller = new AbortController();
  const pending = rejection(findControllers('corp.test', { servers, signal: controller.signal }));
  await once(socket, 'message');
  controller.abort();
  expect(await pending).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
  const { signal } = controller;
  expect(await rejection(findControllers('corp.test', { servers, signal }))).toMatchObject({
    code: 'ERR_SSPI_ABORTED',
  });
});

test.each<[string, unknown, object, RegExp]>([
  ['no domain', '', {}, /^domain must be/],
  ['an address', 'corp test', {}, /^domain must be/],
  ['an unknown option', 'corp.test', { dc: true }, /no option "dc"/],
  ['a site that is false', 'corp.test', { site: false }, /^site must be/],
  ['a site with a slash', 'corp.test', { site: 'a/b' }, /^site must be/],
  ['no time', 'corp.test', { timeout: 0 }, /^timeout must be/],
])('%s', async (_, domain, options, message) => {
  const error = await rejection(findControllers(domain as string, options as FindControllersOptions));
  expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT', message: expect.stringMatching(message) });
});

describe('RFC 2782', () => {
  const record = (name: string, priority: number, weight: number): SrvRecord => ({ name, priority, weight, port: 389 });

  test('draws in proportion to the weight, within one priority', () => {
    const records = [record('last', 20, 100), record('light', 10, 1), record('heavy', 10, 99)];
    let first = 0;
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
    for (let i = 0; i < 1000; i += 1) {
      const names = inOrder(records, random).map(({ name }) => name);
      expect(names[2]).toBe('last');
      if (names[0] === 'heavy') first += 1;
    }
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(1000);
  });

  test('weights of 0 are all tried', () => {
    const records = [record('a', 0, 0), record('b', 0, 0)];
    expect(
      inOrder(records)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a', 'b']);
  });
});
