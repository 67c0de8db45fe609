/**
 * What sign-on costs an HTTP client: requests on connections that have signed on once, through SspiAgent against Node's own agent
 * and through createFetch against Node's own fetch, and sign-ons by Kerberos for each request. The server is another process.
 */
import http from 'node:http';
import { createFetch, SspiAgent } from 'sspi/http';
import { nodeUndici } from '#lib/http/client/undici/node-fetch';
import { getBy, rate } from '../http/requests.mjs';
import { ServerProcess } from '../http/server-process.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';
import { target } from '../measure/handshake.mjs';

const inFlight = 32;
const requests = 1000;
const signOns = 200;

export async function run({ rounds = 15 }) {
  return [...(await signedOn(rounds)), ...(await eachRequest(rounds))];
}

const optionsFor = (origin) => ({ origins: [origin], spn: target });

const fetchBy = (send) => async (url) => {
  const response = await send(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
};

/** Node's own fetch, without TCP's keep-alive, which Wine 8 refuses and this package does not set. */
function plainFetch() {
  const { Agent } = nodeUndici();
  const dispatcher = new Agent({ connect: { keepAlive: false } });
  return (url) => globalThis.fetch(url, { dispatcher });
}

async function signedOn(rounds) {
  const server = await ServerProcess.start('once');
  const origin = `http://localhost:${server.port}`;
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  const agent = new SspiAgent({ ...optionsFor(origin), maxSockets: inFlight });
  const ownFetch = createFetch(optionsFor(origin));
  // The path makes the server ask for a sign-on; on a connection that has signed on, both are answered alike.
  const contenders = [
    [getBy(plainAgent), `${origin}/open`],
    [getBy(agent), `${origin}/`],
    [fetchBy(plainFetch()), `${origin}/open`],
    [fetchBy(ownFetch), `${origin}/`],
  ];
  try {
    const results = await inTurn(
      rounds,
      contenders.map(
        ([ask, url]) =>
          () =>
            rate(ask, url, { requests, inFlight }),
      ),
    );
    const figure = (name, own, plain) => ({
      name,
      value: median(own.map((perSecond, i) => perSecond / plain[i])),
      unit: '× without sign-on',
      atLeast: 0.95,
      detail: `${perSecondText(median(own))}; ${perSecondText(median(plain))}`,
    });
    const [plainGet, get, plainFetch, fetched] = results;
    return [
      figure('requests/s on signed-on connections, SspiAgent', get, plainGet),
      figure('requests/s on signed-on connections, createFetch', fetched, plainFetch),
    ];
  } finally {
    plainAgent.destroy();
    await agent.close();
    await ownFetch.close();
    server.end();
  }
}

/** Every request is a sign-on by Kerberos, with mutual authentication. */
async function eachRequest(rounds) {
  const server = await ServerProcess.start('each');
  const origin = `http://localhost:${server.port}`;
  const agent = new SspiAgent({ ...optionsFor(origin), maxSockets: inFlight });
  try {
    const [all] = await inTurn(rounds, [() => rate(getBy(agent), `${origin}/`, { requests: signOns, inFlight })]);
    const detail = `${inFlight} connections, the server in another process`;
    return [{ name: 'sign-ons/s by Kerberos, SspiAgent', value: Math.round(median(all)), unit: '/s', detail }];
  } finally {
    await agent.close();
    server.end();
  }
}

const perSecondText = (value) => `${Math.round(value).toLocaleString('en')}/s`;
