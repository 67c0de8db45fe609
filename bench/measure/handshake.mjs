/** The handshake that is measured: Kerberos with mutual authentication, both sides in this process. */
import { accept, acquireCredentials, initiate } from './package.mjs';

export const target = 'HTTP/web.corp.test';
const flags = ['mutualAuth', 'confidentiality', 'integrity'];

export async function acquireBoth(packageName = 'Kerberos') {
  const [client, server] = await Promise.all([
    acquireCredentials({ package: packageName, use: 'outbound' }),
    acquireCredentials({ package: packageName, use: 'inbound' }),
  ]);
  const dispose = () => Promise.all([client.dispose(), server.dispose()]);
  return { client, server, dispose };
}

/** Both sides, established. */
export async function establish(credentials) {
  const client = initiate(credentials.client, { target, flags });
  const server = accept(credentials.server, { flags });
  let fromClient = await client.step();
  while (fromClient.token !== undefined) {
    const fromServer = await server.step(fromClient.token);
    if (fromServer.token === undefined) break;
    fromClient = await client.step(fromServer.token);
  }
  return { client, server };
}

/** As an application does it: both contexts are gone again when it is over. */
export async function handshake(credentials) {
  const { client, server } = await establish(credentials);
  await client.dispose();
  await server.dispose();
}

/** `count` handshakes, of which `inFlight` are running at any time. */
export async function handshakes(credentials, count, inFlight = 1) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await handshake(credentials);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
