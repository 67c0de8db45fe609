#!/usr/bin/env node
/**
 * Gets a page from a server with Windows sign-on (RFC 4559).
 *
 *   node http-negotiate-client.mjs [--target HTTP/host] [--user CORP\alice] http://host:8080/
 *
 * All legs of a handshake must use the same connection, so this has its own agent with one kept-alive socket. Without --user it
 * is the current user; with it, the password comes from the variable SSPI_PASSWORD.
 */
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { acquireCredentials, initiate } from 'sspi';

const { values, positionals } = parseArgs({
  options: { target: { type: 'string' }, user: { type: 'string' } },
  allowPositionals: true,
});
const url = new URL(positionals[0] ?? 'http://127.0.0.1:8080/');

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const credentials = await acquireCredentials({
  package: 'Negotiate',
  use: 'outbound',
  identity: values.user === undefined ? undefined : { user: values.user, password: process.env['SSPI_PASSWORD'] ?? '' },
});
const handshake = initiate(credentials, {
  target: values.target ?? `HTTP/${url.hostname}`,
  flags: ['mutualAuth'],
});

try {
  let leg = await handshake.step();
  let page = await get(leg.token);
  while (leg.expectsReply) {
    if (page.token === undefined) throw new Error(`The server ended the handshake: HTTP ${page.status}`);
    leg = await handshake.step(page.token);
    if (leg.token !== undefined) page = await get(leg.token);
  }
  // Only here is it known whether the server is the intended one, whatever its status code said.
  const proof = handshake.context.flags.includes('mutualAuth') ? 'proved' : 'not proved';
  console.error(`HTTP ${page.status} by ${handshake.context.package}, the server's identity is ${proof}`);
  process.stdout.write(page.body);
  if (page.status !== 200) process.exitCode = 1;
} finally {
  agent.destroy();
  await handshake.dispose();
  await credentials.dispose();
}

/** @param {Buffer | undefined} token */
async function get(token) {
  const headers = token === undefined ? {} : { Authorization: `Negotiate ${token.toString('base64')}` };
  const request = http.get(url, { agent, headers, maxHeaderSize: 80 * 1024 });
  const [response] = /** @type {[http.IncomingMessage]} */ (await once(request, 'response'));
  const body = await text(response); // read to its end, or the socket is not used again
  const [, encoded] = /^Negotiate +([A-Za-z0-9+/]+=*)/i.exec(response.headers['www-authenticate'] ?? '') ?? [];
  return {
    status: response.statusCode,
    body,
    token: encoded === undefined ? undefined : Buffer.from(encoded, 'base64'),
  };
}
