#!/usr/bin/env node
/**
 * TLS as Windows itself speaks it, by the stream package Schannel: asks an LDAP server over TLS for its name.
 *
 *   node tls-by-schannel.mjs --host dc1.corp.test [--port 636] [--address 127.0.0.1]
 *
 * It shows what differs with a stream package: `incoming` is the byte stream as it comes, in pieces of any size; bytes behind
 * the handshake are in `unreadInput`; messages are records, laid out by `encrypt` and `decrypt`. Node's own `tls` is the better
 * choice where nothing asks for Windows' certificate store and policies. The server's certificate is not checked here.
 */
import net from 'node:net';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { SspiError, acquireCredentials, initiate } from 'sspi';
import { ByteReader } from './ldap/byte-reader.mjs';
import { elementSize } from './ldap/ber.mjs';
import { message, readMessage, readObject, readSearchEntry } from './ldap/messages.mjs';

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
  // manualCredValidation: the certificate would be ours to check. Leave it out to have Windows check it.
  flags: ['stream', 'confidentiality', 'replayDetect', 'sequenceDetect', 'extendedError', 'manualCredValidation'],
  require: { flags: ['confidentiality'] },
});
const socket = net.connect({ port: Number(values.port), host: values.address ?? values.host, noDelay: true });
// The iteration tells of errors; without a listener one that comes before it would end the process.
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

/**
 * One TLS record around at most `sizes.maxMessage` bytes.
 * @param {import('sspi').SecurityContext} context
 * @param {import('sspi').StreamSizes} sizes
 * @param {Buffer} data
 */
function sealedRecord(context, sizes, data) {
  const { buffers } = context.encrypt([
    { type: 'streamHeader', room: sizes.header },
    { type: 'data', data },
    { type: 'streamTrailer', room: sizes.trailer },
    { type: 'empty' },
  ]);
  return Buffer.concat(buffers.map((buffer) => buffer.data));
}

/**
 * What the records hold, until the server closes the session.
 * @param {import('sspi').SecurityContext} context
 * @param {AsyncIterator<Buffer>} chunks
 */
async function* openedRecords(context, chunks) {
  let received = context.unreadInput ?? Buffer.alloc(0);
  for (;;) {
    const opened = received.length === 0 ? undefined : openOne(context, received);
    if (opened === undefined) {
      const next = await chunks.next();
      if (next.done) return;
      received = Buffer.concat([received, next.value]);
      continue;
    }
    for (const { type, data } of opened.buffers) if (type === 'data' && data.length > 0) yield data;
    if (opened.code === 'SEC_I_CONTEXT_EXPIRED') return;
    if (opened.code !== 'SEC_E_OK') throw new Error(`The server wants what this example does not know: ${opened.code}`);
    received = opened.buffers.find(({ type }) => type === 'extra')?.data ?? Buffer.alloc(0);
  }
}

/** The first record; undefined while it is not whole. @param {import('sspi').SecurityContext} context @param {Buffer} bytes */
function openOne(context, bytes) {
  try {
    return context.decrypt([{ type: 'data', data: bytes }, { type: 'empty' }, { type: 'empty' }, { type: 'empty' }]);
  } catch (error) {
    if (SspiError.isSspiError(error, 'SEC_E_INCOMPLETE_MESSAGE')) return undefined;
    throw error;
  }
}
