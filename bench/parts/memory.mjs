/** Whether handshakes leave anything behind: the process's memory, and the addon's own count of what is alive. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadBinding } from '#lib/binding/load';
import { acquireBoth, handshakes } from '../measure/handshake.mjs';

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
  await residentBytes();

  const counts = Object.values(loadBinding().liveCounts());
  const alive = counts.reduce((sum, count) => sum + count, 0);
  const detail = `${(after / 2 ** 20).toFixed(1)} MiB after 10,000, ${(before / 2 ** 20).toFixed(1)} MiB after 1,000`;
  return [
    { name: 'memory after 10,000 handshakes', value: after / before, unit: '× after 1,000', atMost: 1.05, detail },
    { name: 'handles alive after 10,000 handshakes', value: alive, unit: '', atMost: 0, detail: 'addon’s own count' },
  ];
}

/** What stays resident when JavaScript's own garbage is gone. */
async function residentBytes() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await sleep(20);
  }
  return process.memoryUsage.rss();
}
