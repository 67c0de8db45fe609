/** Calls that compute: Kerberos handshakes. Under Wine both sides work inside this process. */
import { acquireBoth, handshakes } from '../measure/handshake.mjs';
import { computing, timed } from '../measure/interleaved.mjs';

let credentials;

/** @returns {Promise<number>} the microseconds of each */
export async function round(count, inFlight) {
  credentials ??= await acquireBoth();
  return timed(count, () => handshakes(credentials, count, inFlight));
}

/** @returns {Promise<number>} the same in processor time */
export async function processorRound(count) {
  credentials ??= await acquireBoth();
  return computing(count, () => handshakes(credentials, count));
}
