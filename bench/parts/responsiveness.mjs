/**
 * What the rest of the process notices of 64 handshakes that wait for a slow security authority: the delay of the event
 * loop and of a small fs.readFile, each against the same process when it is idle.
 */
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
  const waiting = new Samples();
  await sample(new Samples());
  // In turn, so that both meet the same machine.
  for (let round = 0; round < rounds; round++) {
    await sample(idle);
    const handshakes = new Waiting(credentials);
    await handshakes.begun;
    await sample(waiting);
    await handshakes.end();
  }
  await credentials.dispose();
  return [
    compare('event-loop delay while 64 handshakes wait, p99', idle.loop, waiting.loop),
    compare('fs.readFile while 64 handshakes wait, p99', idle.file, waiting.file),
  ];
}

/** 64 handshakes, each of which begins anew when its slow leg is over. */
class Waiting {
  #over = false;
  #lanes;

  constructor(credentials) {
    const one = async () => {
      const handshake = initiate(credentials, { target: 'HTTP/scripted' });
      await handshake.step();
      handshake[Symbol.dispose]();
    };
    const lane = async () => {
      while (!this.#over) await one();
    };
    // Threads are there when the first legs are over.
    this.begun = Promise.all(Array.from({ length: inFlight }, one));
    this.#lanes = this.begun.then(() => Promise.all(Array.from({ length: inFlight }, lane)));
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
