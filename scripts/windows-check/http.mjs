/** A server with sspi/http and a client on one connection to it, over loopback. */
import http from 'node:http';
import { once } from 'node:events';
import { acquireCredentials, initiate } from 'sspi';
import { authenticate } from 'sspi/http';
import { expectSeen } from './claim.mjs';

/**
 * Signs on with one request, of as many legs as it takes, and gives the request to `use` before it is answered.
 * @template T
 * @param {{
 *   client: Partial<import('sspi').AcquireCredentialsOptions>,
 *   initiate?: import('sspi').InitiateOptions,
 *   options?: import('sspi/http').AuthenticateOptions,
 * }} logon
 * @param {(identity: import('sspi/http').Identity) => T} use
 * @returns {Promise<{ result: T, legs: number }>}
 */
export async function signOnByHttp({ client, initiate: how, options }, use) {
  const refusals = [];
  const signOn = authenticate({ ...options, logger: ({ code, reason }) => refusals.push(`${code}: ${reason}`) });
  let outcome;
  const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) =>
    signOn(request, response, () => {
      try {
        outcome = { result: use(request.sspi) };
      } catch (error) {
        outcome = { error };
      }
      response.end();
    }),
  );
  signOn.attach(server);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const credentials = await acquireCredentials({ package: 'Negotiate', ...client, use: 'outbound' });
  const handshake = initiate(credentials, how);
  try {
    await signOn.ready();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { status, legs } = await exchange(handshake, agent, server.address().port);
    expectSeen(status === 200, `HTTP ${status} after ${legs} legs: ${refusals.join('; ') || 'nothing was refused'}`);
    if (outcome.error) throw outcome.error;
    return { result: outcome.result, legs };
  } finally {
    await handshake.dispose();
    await credentials.dispose();
    agent.destroy();
    server.close();
  }
}

async function exchange(handshake, agent, port) {
  let [status, legs] = [401, 0];
  let leg = await handshake.step();
  while (leg.token !== undefined) {
    const headers = { authorization: `Negotiate ${leg.token.toString('base64')}` };
    const request = http.get({ host: '127.0.0.1', port, agent, headers });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    status = response.statusCode;
    legs++;
    const [, reply] = /^Negotiate (\S+)/.exec(response.headers['www-authenticate'] ?? '') ?? [];
    if (!leg.expectsReply || reply === undefined) break;
    leg = await handshake.step(Buffer.from(reply, 'base64'));
  }
  return { status, legs };
}
