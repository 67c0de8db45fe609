import { monitorEventLoopDelay } from 'node:perf_hooks';
import { percentile } from '../../../bench/measure/statistics.mjs';
import { expectSeen } from '../claim.mjs';
import { shakeHands, withCredentials } from '../handshake.mjs';
import { workingLogon } from '../logons.mjs';

const inFlight = [1, 4, 16, 64, 256];
/** How long one measurement takes, in milliseconds, unless single handshakes take longer. */
const duration = 1000;
/** What 64 in flight must reach of one at a time, as in bench/. */
const leastShare = 0.75;

/** @type {import('../claim.mjs').Claim[]} */
export const threadPool = [
  {
    id: 'thread-pool',
    title: `Many handshakes at once: 64 in flight are at least ${leastShare} times as fast as one at a time`,
    seconds: 120,
    fresh: true,
    async check({ machine }) {
      const logon = workingLogon(machine);
      const rows = await withCredentials(logon, async (credentials) => {
        await measure(credentials, logon, 1);
        const measured = [];
        for (const number of inFlight) measured.push(await measure(credentials, logon, number));
        return measured;
      });
      const detail = rows.map(({ inFlight: n, perSecond }) => `${n} in flight: ${perSecond}/s`).join('; ');
      const rate = (number) => rows.find((row) => row.inFlight === number).perSecond;
      expectSeen(rate(64) >= leastShare * rate(1), detail);
      return { detail, figures: { rows } };
    },
  },
];

/** Handshakes of whole logons, `lanes` of them running at any time; times in milliseconds. */
async function measure(credentials, logon, lanes) {
  const times = [];
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const start = performance.now();
  const lane = async () => {
    do {
      const begun = performance.now();
      await shakeHands(credentials, logon, () => undefined);
      times.push(performance.now() - begun);
    } while (performance.now() - start < duration);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  return {
    inFlight: lanes,
    handshakes: times.length,
    perSecond: Math.round(times.length / seconds),
    latencyP50: tenths(percentile(times, 50)),
    latencyP99: tenths(percentile(times, 99)),
    eventLoopDelayP99: tenths(delay.percentile(99) / 1e6),
  };
}

const tenths = (value) => Math.round(value * 10) / 10;
