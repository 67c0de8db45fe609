/** What the rest of the process notices of handshakes that wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lateness } from '../measure/event-loop.mjs';
import { acquireCredentials, initiate } from '../measure/package.mjs';

const inFlight = 64;
const legMilliseconds = 200;
const roundMilliseconds = 700;
const file = fileURLToPath(import.meta.url);

let credentials;

/** Samples of the process when it is idle: `{ loop, file }`, each in milliseconds. */
export const idle = () => sample();

/** Samples beside 64 handshakes on slow legs, whose first legs begin evenly spread over a leg's time. */
export const besideSpread = () => sampleBeside(legMilliseconds);

/** Samples beside 64 handshakes on slow legs that all begin, and so end, at the same time. */
export const besideInStep = () => sampleBeside(0);

async function sampleBeside(within) {
  credentials ??= await acquireCredentials({
    package: 'Scripted',
    use: 'outbound',
    principal: `isc SEC_I_CONTINUE_NEEDED token=text:C1 delay=${legMilliseconds}; isc SEC_E_OK`,
  });
  const handshakes = new Waiting(within);
  await handshakes.begun;
  const samples = await sample();
  await handshakes.end();
  return samples;
}

/** 64 handshakes, each of which begins again when its slow leg is over. */
class Waiting {
  #over = false;
  #lanes;

  /** @param {number} within their first legs begin, in milliseconds, evenly spread */
  constructor(within) {
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

/** Takes samples for a while: how late timers fire, and how long a small file takes to be read. */
async function sample() {
  const loop = [];
  const files = [];
  const end = performance.now() + roundMilliseconds;
  while (performance.now() < end) {
    loop.push(await lateness());
    const start = performance.now();
    await readFile(file);
    files.push(performance.now() - start);
  }
  return { loop, file: files };
}
