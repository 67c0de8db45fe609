/** Client and server in one process, without a connection between them. */
import { accept, acquireCredentials, initiate } from 'sspi';

/**
 * @typedef {{
 *   client: Partial<import('sspi').AcquireCredentialsOptions> & { package: string },
 *   server: Partial<import('sspi').AcquireCredentialsOptions> & { package: string },
 *   initiate?: import('sspi').InitiateOptions,
 *   accept?: import('sspi').AcceptOptions,
 * }} Logon
 * @typedef {{
 *   client: import('sspi').SecurityContext,
 *   server: import('sspi').SecurityContext,
 *   tokens: readonly { from: 'client' | 'server', token: Buffer }[],
 * }} Established
 */

/** Acquires both credentials, gives them to `use`, and disposes of them. */
export async function withCredentials({ client, server }, use) {
  const outbound = await acquireCredentials({ ...client, use: 'outbound' });
  try {
    const inbound = await acquireCredentials({ ...server, use: 'inbound' });
    try {
      return await use({ outbound, inbound });
    } finally {
      await inbound.dispose();
    }
  } finally {
    await outbound.dispose();
  }
}

/**
 * Leads both sides to their ends, gives what was established to `use`, and disposes of it.
 * @template T
 * @param {{ outbound: import('sspi').Credentials, inbound: import('sspi').Credentials }} credentials
 * @param {Logon} logon
 * @param {(established: Established) => T | Promise<T>} use
 */
export async function shakeHands({ outbound, inbound }, logon, use) {
  const client = initiate(outbound, logon.initiate);
  const server = accept(inbound, logon.accept);
  try {
    const tokens = [];
    let [from, to] = [client, server];
    let leg = await client.step();
    while (leg.token !== undefined) {
      tokens.push({ from: from === client ? 'client' : 'server', token: leg.token });
      [from, to] = [to, from];
      leg = await from.step(leg.token);
    }
    return await use({ client: client.context, server: server.context, tokens });
  } finally {
    await client.dispose();
    await server.dispose();
  }
}

/**
 * One whole logon, for one use.
 * @template T
 * @param {Logon} logon
 * @param {(established: Established) => T | Promise<T>} use
 */
export const logOn = (logon, use) => withCredentials(logon, (credentials) => shakeHands(credentials, logon, use));
