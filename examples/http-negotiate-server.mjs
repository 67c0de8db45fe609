#!/usr/bin/env node
/**
 * An HTTP server with Windows sign-on (RFC 4559): `GET /` answers with who asked.
 *
 *   node http-negotiate-server.mjs [--port 8080] [--host 127.0.0.1]
 *
 * A handshake and the user it ends with belong to one connection, so both are kept under the socket object and never under
 * anything a client can write, such as a header or a cookie. For the same reason this must not stand behind a proxy that
 * shares its connections among users, and HTTP/2 cannot carry it.
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { accept, acquireCredentials, SspiError } from 'sspi';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });

/** @type {WeakMap<import('node:net').Socket, import('sspi').Handshake>} */
const handshakes = new WeakMap();

// A Kerberos token may have 48,000 bytes, which are 64,000 characters of base64; Node's default limit is 16 KiB.
const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
  answer(request, response).catch((error) => {
    console.log(SspiError.isSspiError(error) ? `refused: ${error.code}` : `lost: ${error.message}`);
    // After a failure this connection is worth nothing: the client starts again on another one.
    const token = SspiError.isSspiError(error) ? error.token : undefined;
    response.writeHead(401, { 'WWW-Authenticate': challenge(token), Connection: 'close' }).end();
  });
});
server.on('connection', (socket) => socket.on('close', () => void handshakes.get(socket)?.dispose()));
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function answer(request, response) {
  const { socket } = request;
  let handshake = handshakes.get(socket);
  const token = tokenIn(request.headers.authorization);
  if (token === undefined && !handshake?.established) {
    response.writeHead(401, { 'WWW-Authenticate': 'Negotiate' }).end();
    return;
  }
  if (token !== undefined) {
    // A token on an established connection begins again.
    if (handshake === undefined || handshake.established) {
      await handshake?.dispose();
      handshake = accept(credentials, { flags: ['extendedError'] });
      handshakes.set(socket, handshake);
    }
    const leg = await handshake.step(token);
    if (leg.expectsReply) {
      response.writeHead(401, { 'WWW-Authenticate': challenge(leg.token) }).end();
      return;
    }
    // The last token proves this server to the client.
    if (leg.token !== undefined) response.setHeader('WWW-Authenticate', challenge(leg.token));
  }
  const { context } = /** @type {import('sspi').Handshake} */ (handshake);
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`You are ${context.clientName ?? 'somebody whom the package does not name'}, by ${context.package}.\n`);
}

/** @param {string | undefined} header */
function tokenIn(header) {
  const match = /^Negotiate +([A-Za-z0-9+/]+=*)$/i.exec(header ?? '');
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'base64');
}

/** @param {Buffer | undefined} token */
function challenge(token) {
  return token === undefined ? 'Negotiate' : `Negotiate ${token.toString('base64')}`;
}
