/** Whether handshakes leak anything: the process's memory, and the addon's count of what is alive. */
import { loadBinding } from '#lib/binding/load';
import { acquireBoth, handshakes } from '../measure/handshake.mjs';
import { collect, mebibytes, residentBytes } from '../measure/memory.mjs';

const first = 1000;
const total = 10_000;
const inFlight = 8;

export async function run() {
  const credentials = await acquireBoth();
  await handshakes(credentials, first, inFlight);
  const before = await residentBytes();
  await handshakes(credentials, total - first, inFlight);
  const after = await residentBytes();
  await credentials.dispose();
  await collect();

  const counts = Object.values(loadBinding().liveCounts());
  const alive = counts.reduce((sum, count) => sum + count, 0);
  const growth = Math.round((after - before) / (total - first));
  const detail = `${mebibytes(after)} after 10,000, ${mebibytes(before)} after 1,000: ${growth} bytes a handshake`;
  return [
    { name: 'memory after 10,000 handshakes', value: after / before, unit: '× after 1,000', atMost: 1.05, detail },
    { name: 'handles alive after 10,000 handshakes', value: alive, unit: '', atMost: 0, detail: 'addon’s own count' },
  ];
}
