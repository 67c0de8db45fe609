/** A steady load: so many operations in flight for a while, and what they and the event loop make of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireBoth, handshake } from '../measure/handshake.mjs';
import { lateness } from '../measure/event-loop.mjs';
import { percentile } from '../measure/statistics.mjs';
import { slowLeg } from './slow-legs.mjs';

const warmUp = 500;

/**
 * @param {number | null} legMilliseconds of slow legs; null for Kerberos handshakes
 * @returns {Promise<{ perSecond: number, p50: number, p99: number, late: number }>} times in milliseconds; `late` is the
 *   99th percentile of how late a timer fires
 */
export async function underLoad(legMilliseconds, inFlight, milliseconds) {
  const operation = legMilliseconds === null ? await kerberos() : await slowLeg(legMilliseconds);
  let latencies = [];
  let over = false;
  const lane = async () => {
    while (!over) {
      const start = performance.now();
      await operation();
      latencies.push(performance.now() - start);
    }
  };
  const lanes = Promise.all(Array.from({ length: inFlight }, lane));
  await sleep(warmUp);
  latencies = [];
  const late = [];
  const start = performance.now();
  while (performance.now() - start < milliseconds) late.push(await lateness());
  const elapsed = performance.now() - start;
  const seen = latencies;
  over = true;
  await lanes;
  return {
    perSecond: (seen.length * 1000) / elapsed,
    p50: percentile(seen, 50),
    p99: percentile(seen, 99),
    late: percentile(late, 99),
  };
}

let credentials;

async function kerberos() {
  credentials ??= await acquireBoth();
  return () => handshake(credentials);
}
