/**
 * What the rest of the process notices of 64 handshakes that wait for a slow security authority: the delay of the event
 * loop and of a small fs.readFile, each against the same process when it is idle. The handshakes begin at moments of
 * their own, as clients come, or all at the same one, so that all legs end at once, again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { acquireCredentials, initiate } from 'sspi';
import { percentile } from '../measure/statistics.mjs';

const inFlight = 64;
const legMilliseconds = 200;
const rounds = 12;
const roundMilliseconds = 700;
const timerMilliseconds = 2;
const file = fileURLToPath(import.meta.url);

export async function run() {
  const credentials = await acquireCredentials({
    package: 'Scripted',
    use: 'outbound',
    principal: `isc SEC_I_CONTINUE_NEEDED token=text:C1 delay=${legMilliseconds}; isc SEC_E_OK`,
  });
  const idle = new Samples();
  const spread = new Samples();
  const inStep = new Samples();
  await sample(new Samples());
  // In turn, so that all meet the same machine.
  for (let round = 0; round < rounds; round++) {
    await sample(idle);
    await sampleBeside(new Waiting(credentials, legMilliseconds), spread);
    await sampleBeside(new Waiting(credentials, 0), inStep);
  }
  await credentials.dispose();
  return [
    compare('event-loop delay while 64 handshakes wait, p99', idle.loop, spread.loop),
    compare('fs.readFile while 64 handshakes wait, p99', idle.file, spread.file),
    compare('event-loop delay while 64 wait in step, p99', idle.loop, inStep.loop),
    compare('fs.readFile while 64 wait in step, p99', idle.file, inStep.file),
  ];
}

async function sampleBeside(handshakes, samples) {
  await handshakes.begun;
  await sample(samples);
  await handshakes.end();
}

/** 64 handshakes, each of which begins anew when its slow leg is over. */
class Waiting {
  #over = false;
  #lanes;

  /** @param {number} within their first legs begin, in milliseconds, evenly spread */
  constructor(credentials, within) {
    const one = async () => {
      const handshake = initiate(credentials, { target: 'HTTP/scripted' });
      await handshake.step();
      handshake[Symbol.dispose]();
    };
    const lane = async (_, i) => {
      await sleep((within * i) / inFlight);
      while (!this.#over) await one();
    };
    // Threads are there when the first legs are over.
    this.begun = Promise.all(Array.from({ length: inFlight }, one)).then(() => {
      this.#lanes = Promise.all(Array.from({ length: inFlight }, lane));
      return sleep(within);
    });
  }

  async end() {
    this.#over = true;
    await this.#lanes;
  }
}

class Samples {
  loop = [];
  file = [];
}

/**
 * Takes samples for a while. The delay of the event loop is how late a timer fires, as what comes at any moment would have
 * to wait. (monitorEventLoopDelay counts the timer's own period as delay: 1 ms of it, however idle the loop is, would make
 * any ratio look good.)
 */
async function sample({ loop, file: files }) {
  const end = performance.now() + roundMilliseconds;
  while (performance.now() < end) {
    let start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, timerMilliseconds));
    loop.push(Math.max(0, performance.now() - start - timerMilliseconds));
    start = performance.now();
    await readFile(file);
    files.push(performance.now() - start);
  }
}

function compare(name, idle, waiting) {
  const [before, during] = [percentile(idle, 99), percentile(waiting, 99)];
  const detail = `${during.toFixed(2)} ms, idle ${before.toFixed(2)} ms, ${waiting.length} samples`;
  return { name, value: during / before, unit: '× idle', atMost: 2, detail };
}
