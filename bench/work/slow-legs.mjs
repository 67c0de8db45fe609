/** Calls that wait: handshakes of one leg, for which the scripted package sleeps. */
import { acquireCredentials, initiate } from '../measure/package.mjs';

const credentials = new Map();
const scripted = (principal) => acquireCredentials({ package: 'Scripted', use: 'outbound', principal });

/** What makes one leg of so many milliseconds, and deletes its context. */
export async function slowLeg(milliseconds) {
  // An entry in the journal would cost more than everything else that a leg computes.
  credentials.set('journal', credentials.get('journal') ?? (await scripted('journal off')));
  if (!credentials.has(milliseconds)) {
    credentials.set(milliseconds, await scripted(`isc SEC_E_OK delay=${milliseconds}`));
  }
  const shared = credentials.get(milliseconds);
  return async () => {
    const handshake = initiate(shared, { target: 'HTTP/scripted' });
    await handshake.step();
    handshake[Symbol.dispose]();
  };
}

/**
 * Begins `inFlight` rows of legs at the same time, each as long as fits into `within` milliseconds.
 * @returns {Promise<number>} the share of the ideal: 1 where nothing takes time but the waits
 */
export async function burst(milliseconds, inFlight, within) {
  const leg = await slowLeg(milliseconds);
  const legs = Math.floor(within / milliseconds);
  const row = async () => {
    for (let i = 0; i < legs; i++) await leg();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, row));
  return (legs * milliseconds) / (performance.now() - start);
}
