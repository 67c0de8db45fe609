#!/usr/bin/env node
/**
 * A TCP server that knows who its clients are, and returns what they send, encrypted in both directions.
 *
 *   node echo-server.mjs [--port 7007] [--host 127.0.0.1] [--package Negotiate]
 *
 * It uses the credentials of the account it runs as: for Kerberos, clients use a service principal name of that account.
 */
import net from 'node:net';
import { parseArgs } from 'node:util';
import { accept, acquireCredentials, SspiError } from 'sspi';
import { receiveMessages, sendMessage } from './framing.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7007' },
    host: { type: 'string', default: '127.0.0.1' },
    package: { type: 'string', default: 'Negotiate' },
  },
});

const credentials = await acquireCredentials({ package: values.package, use: 'inbound' });

const server = net.createServer({ noDelay: true }, (socket) => {
  serve(socket)
    .catch((error) => console.log(SspiError.isSspiError(error) ? `refused: ${error.code}` : `lost: ${error.message}`))
    .finally(() => socket.destroy());
});
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  console.log(`listening on ${values.host}:${port}`);
});

/** @param {net.Socket} socket */
async function serve(socket) {
  const messages = receiveMessages(socket);
  const handshake = accept(credentials, {
    flags: ['confidentiality', 'integrity', 'replayDetect', 'sequenceDetect', 'extendedError'],
    require: { flags: ['confidentiality'] },
  });
  try {
    for await (const leg of handshake.legs(messages)) await sendMessage(socket, leg.token);

    const { context } = handshake;
    console.log(`${context.clientName ?? 'a client'} by ${context.package}`);
    for await (const message of messages) await sendMessage(socket, context.wrap(context.unwrap(message)));
  } finally {
    await handshake.dispose();
  }
}
