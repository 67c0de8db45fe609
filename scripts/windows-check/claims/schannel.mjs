import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import net from 'node:net';
import { acquireCredentials, initiate } from 'sspi';
import { openedRecords, sealedRecord } from '../../../examples/tls-records.mjs';
import { expectSeen } from '../claim.mjs';
import { checkout } from '../../lab/config.mjs';

const question = Buffer.from('Who is there?');

/** @type {import('../claim.mjs').Claim[]} */
export const schannel = [
  {
    id: 'schannel-client',
    title: 'Schannel, as the client, speaks TLS with Node’s own tls, both ways',
    async check() {
      const credentials = await acquireCredentials({ package: 'Schannel', use: 'outbound' });
      const server = await echo();
      const socket = net.connect({ port: server.address().port, host: '127.0.0.1', noDelay: true });
      const handshake = initiate(credentials, {
        target: 'localhost',
        flags: [
          'stream',
          'confidentiality',
          'replayDetect',
          'sequenceDetect',
          'extendedError',
          'manualCredValidation', // the certificate is self-signed
        ],
      });
      try {
        const chunks = socket[Symbol.asyncIterator]();
        for await (const leg of handshake.legs(chunks)) socket.write(leg.token);
        const { context } = handshake;
        const sizes = await context.queryAttribute('streamSizes');
        socket.write(sealedRecord(context, sizes, question));
        const { value: answer } = await openedRecords(context, chunks).next();
        expectSeen(answer?.subarray(-question.length).equals(question), 'the answer is not what was sent');
        return `${answer.subarray(0, -question.length)}; granted: ${context.flags.join(', ')}`;
      } finally {
        socket.destroy();
        server.close();
        await handshake.dispose();
        await credentials.dispose();
      }
    },
  },
];

/** Answers with the protocol, the cipher and what it was sent. */
async function echo() {
  const file = (name) => fs.readFileSync(path.join(checkout, 'test/data', name));
  const server = tls.createServer({ cert: file('tls-cert.pem'), key: file('tls-key.pem') }, (socket) => {
    socket.on('error', () => socket.destroy()); // the client says by its own error what went wrong
    socket.on('data', (data) => socket.write(Buffer.concat([Buffer.from(describe(socket)), data])));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const describe = (socket) => `${socket.getProtocol()}, ${socket.getCipher().name}`;
