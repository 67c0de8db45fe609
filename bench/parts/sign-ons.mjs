/**
 * Sign-ons by Kerberos that a client makes, each request one, beside curl's on the same server: Apache with mod_auth_gssapi. Both
 * run on this machine, see host/apache-and-curl.mjs.
 */
import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SspiAgent } from 'sspi/http';
import { getBy, rate } from '../http/requests.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const inFlight = 16;
const requests = 500;

export async function run({ rounds = 15 }) {
  const { url, curl } = JSON.parse(process.env.SSPI_BENCH_APACHE);
  const origins = [new URL(url).origin];
  const agents = [true, false].map((mutualAuth) => new SspiAgent({ origins, mutualAuth, maxSockets: inFlight }));
  const opened = [];
  const curlRound = async () => {
    const { perSecond, connections } = await roundOfCurl(`${curl}?requests=${requests}&inFlight=${inFlight}`);
    opened.push(connections);
    return perSecond;
  };
  try {
    const [proved, unproved, curls] = await inTurn(rounds, [
      ...agents.map((agent) => () => rate(getBy(agent), url, { requests, inFlight })),
      curlRound,
    ]);
    console.error(median(opened), curls);
    const figure = (name, own) => ({
      name,
      value: median(own.map((perSecond, i) => perSecond / curls[i])),
      unit: '× curl',
      detail: `${perSecondText(median(own))}; ${perSecondText(median(curls))}`,
    });
    return [figure('sign-ons/s, SspiAgent, server proved', proved), figure('sign-ons/s, unproved', unproved)];
  } finally {
    await Promise.all(agents.map((agent) => agent.close()));
  }
}

/** Without fetch, whose keep-alive of TCP Wine 8 refuses. */
async function roundOfCurl(url) {
  const [response] = await once(http.get(url, { agent: false }), 'response');
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(body);
  return JSON.parse(body);
}

const perSecondText = (value) => `${Math.round(value).toLocaleString('en')}/s`;
