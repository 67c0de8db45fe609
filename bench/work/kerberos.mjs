/** Calls that compute: Kerberos handshakes. Under Wine both sides work inside this process. */
import { acquireBoth, handshakes } from '../measure/handshake.mjs';
import { timed } from '../measure/interleaved.mjs';

let credentials;

/** @returns {Promise<number>} the microseconds of each */
export async function round(count, inFlight) {
  credentials ??= await acquireBoth();
  return timed(count, () => handshakes(credentials, count, inFlight));
}
