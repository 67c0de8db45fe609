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
import { ByteReader } from './ldap/byte-reader.mjs';
import { elementSize } from './ldap/ber.mjs';
import { message, readMessage, readObject, readSearchEntry } from './ldap/messages.mjs';
import { openedRecords, sealedRecord } from './tls-records.mjs';

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
  const sizes = await context.queryAttribute('streamSizes');
  socket.write(sealedRecord(context, sizes, message(1, readObject('', ['dnsHostName']))));

  const reader = new ByteReader(openedRecords(context, chunks));
  const header = await reader.peek(6);
  const answer = readMessage(await reader.read(elementSize(header) ?? 0));
  const [name] = readSearchEntry(answer.operation).attributes.get('dnshostname') ?? [];
  console.log(`${context.package}, granted: ${context.flags.join(', ')}`);
  console.log(`the server calls itself ${name?.toString() ?? 'nothing'}`);
} finally {
  socket.destroy();
  await handshake.dispose();
  await credentials.dispose();
}
