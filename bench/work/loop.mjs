/** Handshakes without SSPI: what the loop itself takes, for a scripted provider answers at once. */
import { scriptedProvider, useProvider } from 'sspi/testing';
import { accept, acquireCredentials, initiate } from '../measure/package.mjs';
import { computing } from '../measure/interleaved.mjs';

const token = Buffer.alloc(1500, 1);
const goesOn = { status: 'SEC_I_CONTINUE_NEEDED', token };
const provider = scriptedProvider({
  initiator: ({ index }) => (index === 0 ? goesOn : { status: 'SEC_E_OK' }),
  acceptor: () => ({ status: 'SEC_E_OK', token }),
});

useProvider(provider);

let credentials;

/** @returns {Promise<number>} the microseconds of processor time of each: three legs and two disposals, as in work/kerberos.mjs */
export async function processorRound(count) {
  credentials ??= await acquireCredentials({ package: 'Kerberos', use: 'both' });
  return computing(count, async () => {
    for (let i = 0; i < count; i++) {
      const client = initiate(credentials, { target: 'HTTP/web.corp.test' });
      const server = accept(credentials);
      const first = await client.step();
      const answer = await server.step(first.token);
      await client.step(answer.token);
      await client.dispose();
      await server.dispose();
      // It keeps every call for tests to look at.
      provider.calls.length = 0;
    }
  });
}
