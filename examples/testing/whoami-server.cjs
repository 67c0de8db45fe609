'use strict';
/**
 * An application to be tested: an HTTP server that admits members (RFC 4559). The tests in this directory cover everything that
 * this file does with `sspi`, and run on any platform, with a domain in memory.
 */
const http = require('node:http');
const { accept, acquireCredentials, SspiError } = require('sspi');

/**
 * @param {{ members: readonly string[], log?: (line: string) => void }} options
 * @returns {Promise<{ server: http.Server, close(): Promise<void> }>}
 */
async function createWhoamiServer({ members, log = () => undefined }) {
  const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
  /** @type {WeakMap<import('node:net').Socket, import('sspi').Handshake>} */
  const handshakes = new WeakMap();

  // Kerberos tokens may be larger than Node's default limit for headers.
  const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
    answer(request, response).catch((error) => {
      log(SspiError.isSspiError(error) ? String(error.explain()) : String(error));
      response.writeHead(401, { 'WWW-Authenticate': 'Negotiate', Connection: 'close' }).end();
    });
  });
  server.on('connection', (socket) => socket.on('close', () => void handshakes.get(socket)?.dispose()));

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async function answer(request, response) {
    const { socket } = request;
    const token = /^Negotiate +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    let handshake = handshakes.get(socket);
    if (token === undefined && !handshake?.established) {
      response.writeHead(401, { 'WWW-Authenticate': 'Negotiate' }).end();
      return;
    }
    if (token !== undefined) {
      if (handshake === undefined || handshake.established) {
        await handshake?.dispose();
        handshake = accept(credentials, { flags: ['extendedError'] });
        handshakes.set(socket, handshake);
      }
      const leg = await handshake.step(Buffer.from(token, 'base64'));
      if (leg.token !== undefined) {
        response.setHeader('WWW-Authenticate', `Negotiate ${leg.token.toString('base64')}`);
      }
      if (leg.expectsReply) {
        response.writeHead(401).end();
        return;
      }
    }
    const user = handshake?.context.clientName ?? '';
    const allowed = members.includes(user);
    response.writeHead(allowed ? 200 : 403, { 'Content-Type': 'text/plain' });
    response.end(allowed ? `hello, ${user}` : 'members only');
  }

  async function close() {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await credentials.dispose();
  }

  return { server, close };
}

module.exports = { createWhoamiServer };
