#!/usr/bin/env node
/**
 * A client of echo-server.mjs: logs on, sends each line of its standard input and prints the answers.
 *
 *   echo hello | node echo-client.mjs --target HTTP/web.corp.test [--port 7007] [--host 127.0.0.1] [--package Negotiate]
 *
 * Without --user it is the current user; with it, the password comes from the variable SSPI_PASSWORD.
 */
import net from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { acquireCredentials, initiate } from 'sspi';
import { receiveMessages, sendMessage } from './framing.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7007' },
    host: { type: 'string', default: '127.0.0.1' },
    package: { type: 'string', default: 'Negotiate' },
    target: { type: 'string' },
    user: { type: 'string' },
  },
});

const credentials = await acquireCredentials({
  package: values.package,
  use: 'outbound',
  identity: values.user === undefined ? undefined : { user: values.user, password: process.env['SSPI_PASSWORD'] ?? '' },
});
const handshake = initiate(credentials, {
  target: values.target,
  flags: ['mutualAuth', 'confidentiality', 'integrity', 'replayDetect', 'sequenceDetect'],
  require: { flags: ['confidentiality'] },
});

const socket = net.connect({ port: Number(values.port), host: values.host, noDelay: true });
await once(socket, 'connect');
try {
  const messages = receiveMessages(socket);
  for await (const leg of handshake.legs(messages)) await sendMessage(socket, leg.token);

  const { context } = handshake;
  const proof = context.flags.includes('mutualAuth')
    ? 'the server has proved who it is'
    : 'the server has proved nothing';
  console.error(`established by ${context.package}: ${proof}`);
  for await (const line of createInterface({ input: process.stdin })) {
    await sendMessage(socket, context.wrap(Buffer.from(line)));
    const answer = await messages.next();
    if (answer.done) throw new Error('The server closed the connection.');
    console.log(context.unwrap(answer.value).toString());
  }
} finally {
  socket.destroy();
  await handshake.dispose();
  await credentials.dispose();
}
