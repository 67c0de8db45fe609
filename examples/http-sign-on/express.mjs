#!/usr/bin/env node
/**
 * Express with Windows sign-on: `GET /` is a page that says who you are.
 *
 *   node express.mjs [--port 8080] [--host 127.0.0.1]
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import express from 'express';
import { authenticate } from 'sspi/http';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

const signOn = authenticate({ logger: ({ status, code, reason }) => console.log(`${status} ${code}: ${reason}`) });
await signOn.ready();

const app = express();
app.use(signOn);
app.get('/', (request, response) => {
  const { name = 'somebody whom the platform does not name', package: by, persisted } = request.sspi ?? {};
  const how = persisted === true ? `${by}, earlier on this connection` : by;
  response.type('html').send(`<!doctype html><title>Who am I?</title><p>You are ${escape(name)}, by ${how}.</p>`);
});
app.post('/echo', (request, response) => void request.pipe(response));

const server = http.createServer({ maxHeaderSize: 80 * 1024 }, app);
signOn.attach(server);
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
