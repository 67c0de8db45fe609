#!/usr/bin/env node
/**
 * WebSockets with Windows sign-on: each message comes back with who sent it.
 *
 *   node websocket.mjs [--port 8080] [--host 127.0.0.1]
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { authenticate } from 'sspi/http';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

const signOn = authenticate();
await signOn.ready();
const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) =>
  signOn(request, response, () => response.end('Open a WebSocket here.\n')),
);
signOn.attach(server);

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  const from = request.sspi?.name ?? `somebody, by ${request.sspi?.package}`;
  socket.on('message', (message) => socket.send(`${from}: ${message}`));
  socket.on('error', (error) => console.log(`lost: ${error.message}`));
});
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});
