#!/usr/bin/env node
/**
 * TLS as implemented by Windows, with the stream package Schannel: asks an LDAP server over TLS for its name.
 *
 *   node tls-by-schannel.mjs --host dc1.corp.test [--port 636] [--address 127.0.0.1]
 *
 * It shows what differs with a stream package: `incoming` is the byte stream, in pieces of any size; bytes after the handshake
 * are in `unreadInput`; messages are records, made with `encrypt` and `decrypt`. Node's own `tls` is the better choice where
 * nothing asks for Windows' certificate store and policies. The server's certificate is not checked here.
 */
import net from 'node:net';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { acquireCredentials, initiate } from 'sspi';
import { Client } from 'ldapts';
import { recordStream } from './tls-records.mjs';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: 'localhost' },
    port: { type: 'string', default: '636' },
    address: { type: 'string' },
  },
});

const credentials = await acquireCredentials({ package: 'Schannel', use: 'outbound' });
const handshake = initiate(credentials, {
  target: values.host,
  // With manualCredValidation the program must check the certificate. Without it, Windows does.
  flags: ['stream', 'confidentiality', 'replayDetect', 'sequenceDetect', 'extendedError', 'manualCredValidation'],
  require: { flags: ['confidentiality'] },
});
const socket = net.connect({ port: Number(values.port), host: values.address ?? values.host, noDelay: true });
// The iteration reports errors; without a listener, an error before it would crash the process.
socket.on('error', () => undefined);
try {
  await once(socket, 'connect');
  const chunks = socket[Symbol.asyncIterator]();
  for await (const leg of handshake.legs(chunks)) socket.write(leg.token);

  const { context } = handshake;
  const stream = recordStream(context, await context.queryAttribute('streamSizes'), socket, chunks);
  const client = new Client({
    url: `ldap://${values.host}:${values.port}`,
    createConnection: () => {
      setImmediate(() => stream.emit('connect'));
      return /** @type {net.Socket} */ (stream);
    },
  });
  const { searchEntries } = await client.search('', { scope: 'base', attributes: ['dnsHostName'] });
  await client.unbind();
  console.log(`${context.package}, granted: ${context.flags.join(', ')}`);
  console.log(`the server calls itself ${searchEntries[0]?.['dnsHostName'] ?? 'nothing'}`);
} finally {
  socket.destroy();
  await handshake.dispose();
  await credentials.dispose();
}
