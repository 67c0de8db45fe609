#!/usr/bin/env node
/**
 * WebSockets with Windows sign-on: `GET /` is a page that says who you are and opens a WebSocket, on which each message comes
 * back with who sent it.
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
  signOn(request, response, () => response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(request))),
);
signOn.attach(server);

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  const from = request.sspi?.name ?? `somebody, by ${request.sspi?.package}`;
  console.log(`${from} has opened a WebSocket`);
  socket.on('message', (message) => socket.send(`${from}: ${message}`));
  socket.on('error', (error) => console.log(`lost: ${error.message}`));
});

/** @param {http.IncomingMessage} request */
function page({ sspi }) {
  const greeting =
    sspi?.name === undefined
      ? `You are signed on by ${sspi?.package}.`
      : `Hello, ${escape(sspi.name)}, by ${sspi.package}.`;
  return `<!doctype html>
<title>Who am I?</title>
<h1>${greeting}</h1>
<p id="answer">The WebSocket is silent.</p>
<script>
  const socket = new WebSocket(location.origin.replace('http', 'ws'));
  socket.onopen = () => socket.send('hello');
  socket.onmessage = ({ data }) => (document.getElementById('answer').textContent = data);
</script>
`;
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});
