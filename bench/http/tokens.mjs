/** First tokens of Kerberos handshakes, made before the time is taken. Each is for one sign-on. */
import { acquireCredentials, initiate } from 'sspi';
import { target } from '../measure/handshake.mjs';

const inFlight = 8;
let credentials;

/** @param {number} count @returns {Promise<string[]>} in base64 */
export async function makeTokens(count) {
  credentials ??= await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  const tokens = [];
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const handshake = initiate(credentials, { target, flags: ['mutualAuth'] });
      const { token } = await handshake.step();
      tokens.push(token.toString('base64'));
      await handshake.dispose();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return tokens;
}
