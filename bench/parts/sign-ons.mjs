/**
 * Sign-ons by Kerberos, one for each request, compared with curl's at the same Apache. Requests without a sign-on show how much of
 * the difference is that of two HTTP clients, one of them under Wine. See host/apache-and-curl.mjs.
 */
import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SspiAgent } from 'sspi/http';
import { getBy, rate } from '../http/requests.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

/** Half as many as Apache has threads: when all of them are busy, it closes connections that are kept open. */
const load = { requests: 1000, inFlight: 8 };

export async function run({ rounds = 15 }) {
  const { apache, curl } = JSON.parse(process.env.SSPI_BENCH_APACHE);
  // curl sends the first token without being asked, too.
  const agent = new SspiAgent({ origins: [apache], preemptive: true, maxSockets: load.inFlight });
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: load.inFlight });
  try {
    const [signOns, curlSignOns, requests, curlRequests] = await inTurn(rounds, [
      () => rate(getBy(agent), `${apache}/krb/`, load),
      () => roundOfCurl(`${curl}/krb/`),
      () => rate(getBy(plainAgent), `${apache}/open/`, load),
      () => roundOfCurl(`${curl}/open/`),
    ]);
    const added = addedBySignOn(signOns, requests);
    const curlAdded = addedBySignOn(curlSignOns, curlRequests);
    return [
      figure('sign-ons/s by Kerberos at Apache, SspiAgent', signOns, curlSignOns, perSecondText),
      figure('requests/s at Apache without sign-on, http.Agent', requests, curlRequests, perSecondText),
      figure('time that a sign-on adds to a request at Apache, SspiAgent', added, curlAdded, millisecondsText),
    ];
  } finally {
    plainAgent.destroy();
    await agent.close();
  }
}

/** Not with fetch: it enables TCP's keep-alive, which Wine 8 refuses. */
async function roundOfCurl(url) {
  const request = http.get(`${url}?requests=${load.requests}&inFlight=${load.inFlight}`, { agent: false });
  const [response] = await once(request, 'response');
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(body);
  return JSON.parse(body).perSecond;
}

/** Milliseconds, by round, of the rates with and without a sign-on. */
const addedBySignOn = (signOns, requests) =>
  signOns.map((perSecond, round) => 1000 / perSecond - 1000 / requests[round]);

const figure = (name, own, curls, textOf) => ({
  name,
  value: median(own.map((value, round) => value / curls[round])),
  unit: '× curl',
  detail: `${textOf(median(own))}; ${textOf(median(curls))}`,
});

const millisecondsText = (value) => `${value.toFixed(2)} ms`;
const perSecondText = (value) => `${Math.round(value).toLocaleString('en')}/s`;
