/**
 * What sign-on costs an HTTP server: requests on signed-on connections against the same server without sign-on, Kerberos for
 * each request, the same against node-expose-sspi, and the memory of idle signed-on connections.
 */
import { loadBinding } from '#lib/binding/load';
import { head, openAll, rate } from '../http/client.mjs';
import { ServerProcess } from '../http/server-process.mjs';
import { makeTokens } from '../http/tokens.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median, percentile } from '../measure/statistics.mjs';

const inFlight = 32;
const requests = 2000;
const signOns = 200;

export async function run({ rounds = 15 }) {
  return [...(await keepAlive(rounds)), ...(await eachRequest(rounds)), ...(await idleConnections())];
}

/** Connections that have signed on once, each with a token of its own. */
async function signedOn({ port }, count) {
  const connections = await openAll(port, count);
  // Not all at once: a server refuses more sign-ons than it has threads for.
  for (let i = 0; i < count; i += inFlight) {
    const some = connections.slice(i, i + inFlight);
    await rate(some, (await makeTokens(some.length)).map(head));
  }
  return connections;
}

async function keepAlive(rounds) {
  const kinds = ['none', 'headers', 'kept'];
  const servers = [];
  for (const kind of kinds) servers.push(await ServerProcess.start(kind));
  const connections = [];
  for (const [i, kind] of kinds.entries()) {
    connections.push(await (kind === 'kept' ? signedOn(servers[i], inFlight) : openAll(servers[i].port, inFlight)));
  }
  const request = head();
  const round = (server, i) => async () => {
    const before = await server.call('processorTime');
    const perSecond = await rate(
      connections[i],
      Array.from({ length: requests }, () => request),
    );
    return { perSecond, processor: ((await server.call('processorTime')) - before) / requests };
  };
  const [none, headers, kept] = await inTurn(rounds, servers.map(round));
  connections.flat().forEach((connection) => connection.close());
  servers.forEach((server) => server.end());

  const compare = (others) => median(kept.map(({ perSecond }, i) => perSecond / others[i].perSecond));
  const told = (all) => {
    const [perSecond, processor] = ['perSecond', 'processor'].map((name) => median(all.map((each) => each[name])));
    return `${perSecondText(perSecond)} (${processor.toFixed(0)} µs of processor time each)`;
  };
  const name = 'requests/s on signed-on connections';
  return [
    { name, value: compare(none), unit: '× without sign-on', atLeast: 0.95, detail: `${told(kept)}; ${told(none)}` },
    { name, value: compare(headers), unit: '× only its two header fields', detail: told(headers) },
  ];
}

/** Every request is a sign-on by Kerberos, with a token that was made before. */
async function eachRequest(rounds) {
  const servers = [await ServerProcess.start('each'), await ServerProcess.start('node-expose-sspi')];
  const connections = [];
  for (const { port } of servers) connections.push(await openAll(port, inFlight));
  const round = (i) => async () => {
    const all = (await makeTokens(signOns)).map(head);
    await servers[i].call('watch');
    const perSecond = await rate(connections[i], all);
    return { perSecond, loop: await servers[i].call('watched') };
  };
  const [ours, theirs] = await inTurn(rounds, [round(0), round(1)]);
  connections.flat().forEach((connection) => connection.close());
  servers.forEach((server) => server.end());

  const [own, other] = [ours, theirs].map((all) => median(all.map(({ perSecond }) => perSecond)));
  const [ownLoop, otherLoop] = [ours, theirs].map((all) => percentile(all.map(({ loop }) => loop).flat(), 99));
  return [
    {
      name: 'requests/s, each with a sign-on by Kerberos',
      value: Math.round(own),
      unit: '/s',
      detail: `${inFlight} connections`,
    },
    {
      name: 'sign-ons/s',
      value: median(ours.map(({ perSecond }, i) => perSecond / theirs[i].perSecond)),
      unit: '× node-expose-sspi',
      atLeast: 1,
      detail: `${perSecondText(own)}, node-expose-sspi ${perSecondText(other)}`,
    },
    {
      name: 'event-loop delay of the server meanwhile, p99',
      value: ownLoop / otherLoop,
      unit: '× node-expose-sspi',
      detail: `${ownLoop.toFixed(2)} ms, node-expose-sspi ${otherLoop.toFixed(2)} ms`,
    },
  ];
}

/** Wine's server process has both ends of each connection open, and may open 20,000 files on many machines. */
const idle = loadBinding().wineVersion === undefined ? 10_000 : 4_000;

async function idleConnections() {
  const open = { none: openFor('none'), kept: openFor('kept') };
  const [none, kept] = [await open.none(), await open.kept()];
  const text = (bytes) => `${Math.round(bytes).toLocaleString('en')} bytes`;
  const detail = `${text(kept)} with everything, ${text(none)} of them without sign-on; ${idle.toLocaleString('en')} connections`;
  return [{ name: 'memory of an idle signed-on connection', value: Math.round(kept - none), unit: 'bytes', detail }];
}

/** @returns resident bytes of the server for each idle connection after one request */
const openFor = (kind) => async () => {
  const server = await ServerProcess.start(kind);
  const connect = async (count) => {
    if (kind === 'kept') return signedOn(server, count);
    const connections = await openAll(server.port, count);
    await rate(
      connections,
      Array.from({ length: count }, () => head()),
    );
    return connections;
  };
  // What the first ones load belongs to none of them.
  const first = await connect(64);
  const before = await server.call('memory');
  const connections = await connect(idle);
  const after = await server.call('memory');
  [...first, ...connections].forEach((connection) => connection.close());
  server.end();
  return (after - before) / idle;
};

const perSecondText = (value) => `${Math.round(value).toLocaleString('en')}/s`;
