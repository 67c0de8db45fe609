/** The memory that a process retains. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** The resident memory without JavaScript's garbage and V8's reserve. */
export async function residentBytes() {
  await collect();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

/** Finalizers run in later turns of the event loop. */
export async function collect() {
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await sleep(20);
  }
}

export const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
