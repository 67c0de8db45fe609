'use strict';
/** The client of the tests: what a browser does with `WWW-Authenticate: Negotiate`, on one connection. */
const http = require('node:http');
const { acquireCredentials, initiate } = require('sspi');

/**
 * @param {number} port
 * @param {{ identity?: import('sspi').Identity, target?: string }} [options]
 * @returns {Promise<{ status: number, text: string, requests: number }>}
 */
async function browse(port, { identity, target = 'HTTP/intranet.example.test' } = {}) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const credentials = await acquireCredentials({
    package: 'Negotiate',
    use: 'outbound',
    ...(identity === undefined ? {} : { identity }),
  });
  const client = initiate(credentials, { target, flags: ['mutualAuth'] });
  let requests = 0;
  try {
    let answer = await get({});
    let challenge = answer.challenge;
    // A challenge without a token starts the exchange; later it is a refusal.
    while (
      answer.status === 401 &&
      challenge !== undefined &&
      !client.established &&
      (challenge !== '' || requests === 1)
    ) {
      const leg = await client.step(challenge === '' ? undefined : Buffer.from(challenge, 'base64'));
      answer = await get({ Authorization: `Negotiate ${leg.token?.toString('base64') ?? ''}` });
      challenge = answer.challenge;
    }
    // The server's last token proves its identity.
    if (!client.established && answer.status !== 401) await client.step(Buffer.from(challenge ?? '', 'base64'));
    return { status: answer.status, text: answer.text, requests };
  } finally {
    agent.destroy();
    await client.dispose();
    await credentials.dispose();
  }

  /**
   * @param {http.OutgoingHttpHeaders} headers
   * @returns {Promise<{ status: number, text: string, challenge: string | undefined }>}
   */
  function get(headers) {
    requests++;
    return new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', port, agent, headers }, (response) => resolve(read(response))).on('error', reject);
    });
  }

  /** @param {http.IncomingMessage} response */
  async function read(response) {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const challenge = /^Negotiate *(\S*)$/.exec(response.headers['www-authenticate'] ?? '')?.[1];
    return { status: response.statusCode ?? 0, text, challenge };
  }
}

module.exports = { browse };
