/**
 * A server of SQL Server's protocol in a process of its own, for measuring drivers: it lets everybody in whose sign-on the real
 * secur32 accepts, or who sends a user and a password, and answers every query of rows with the same bytes.
 */
import net from 'node:net';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { accept, acquireCredentials } from '../measure/package.mjs';

const packetSize = 32_767;
const loginPacketSize = 4096;
const utf16 = (text) => Buffer.from(text, 'utf16le');
const u16 = (value) => Buffer.from([value & 0xff, value >> 8]);
const counted = (text) => Buffer.concat([Buffer.from([text.length]), utf16(text)]);
const token = (type, ...body) => {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from([type]), u16(bytes.length), bytes]);
};
const done = (status, rows = 0) => {
  const bytes = Buffer.alloc(13);
  bytes[0] = 0xfd;
  bytes.writeUInt16LE(status, 1);
  bytes.writeUInt32LE(rows, 5);
  return bytes;
};

/** @param {number} rows in the answer to a query of rows @returns the port, and what a sign-on added, and how to end it */
export async function startRowServer(rows) {
  const child = fork(fileURLToPath(import.meta.url), [`${rows}`]);
  const next = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the server ended with exit code ${code}`)));
    });
  const { port } = await next();
  return { port, signedOn: next, end: () => child.disconnect() };
}

function messageOf(payload, size) {
  const room = size - 8;
  const packets = [];
  for (let at = 0; at === 0 || at < payload.length; at += room) {
    const part = payload.subarray(at, at + room);
    const header = Buffer.from([4, at + room >= payload.length ? 1 : 0, 0, 0, 0, 51, (at / room + 1) & 0xff, 0]);
    header.writeUInt16BE(8 + part.length, 2);
    packets.push(header, part);
  }
  return Buffer.concat(packets);
}

/** Two columns of nvarchar, as queries often have. */
function answerOf(rows) {
  const column = (name) =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, 9, 0, 0xe7, 0x90, 1, 9, 4, 0xd0, 0, 0x34]), counted(name)]);
  const value = (text) => Buffer.concat([u16(2 * text.length), utf16(text)]);
  const parts = [Buffer.from([0x81, 2, 0]), column('n'), column('text')];
  for (let row = 0; row < rows; row++)
    parts.push(Buffer.from([0xd1]), value(`${row}`), value(`the text of row ${row}`));
  return Buffer.concat([...parts, done(0x10, rows)]);
}

const preloginReply = Buffer.from('00000b00060100110001ff100003e8000002', 'hex');

function loginReply(version, ...before) {
  const acknowledgement = [
    Buffer.from([1]),
    version,
    counted('Microsoft SQL Server\0\0'),
    Buffer.from([16, 0, 3, 232]),
  ];
  const change = token(0xe3, Buffer.from([4]), counted(`${packetSize}`), counted(`${loginPacketSize}`));
  const features = Buffer.from([0xae, 0x0a, 1, 0, 0, 0, 1, 0xff]);
  return Buffer.concat([...before, token(0xad, ...acknowledgement), change, features, done(0)]);
}

/** One connection: PRELOGIN, LOGIN7, SSPI, then queries. */
async function serve(socket, credentials, rows) {
  socket.setNoDelay(true);
  let server;
  let version;
  const added = { legs: 0, toServer: 0, toClient: 0 };
  const signOn = async (opaque) => {
    server ??= accept(credentials);
    const leg = await server.step(opaque);
    added.legs += leg.token === undefined ? 1 : 2;
    added.toServer += opaque.length;
    added.toClient += leg.token?.length ?? 0;
    const told = leg.token === undefined ? [] : [token(0xed, leg.token)];
    if (leg.expectsReply) return socket.write(messageOf(Buffer.concat(told), loginPacketSize));
    await server.dispose();
    process.send(added);
    socket.write(messageOf(loginReply(version, ...told), loginPacketSize));
  };
  for await (const { type, payload } of messages(socket)) {
    if (type === 0x12) socket.write(messageOf(preloginReply, loginPacketSize));
    else if (type === 0x10) {
      version = Buffer.from(payload.subarray(4, 8)).reverse();
      const [offset, size] = [payload.readUInt16LE(78), payload.readUInt16LE(80)];
      if (size > 0) await signOn(payload.subarray(offset, offset + size));
      else socket.write(messageOf(loginReply(version), loginPacketSize));
    } else if (type === 0x11) await signOn(payload);
    else socket.write(payload.includes(utf16('rows')) ? rows : messageOf(done(0), packetSize));
  }
}

async function* messages(socket) {
  let bytes = Buffer.alloc(0);
  let parts = [];
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 8 && bytes.length >= bytes.readUInt16BE(2)) {
      const length = bytes.readUInt16BE(2);
      parts.push(bytes.subarray(8, length));
      if (bytes[1] & 1) {
        yield { type: bytes[0], payload: Buffer.concat(parts) };
        parts = [];
      }
      bytes = bytes.subarray(length);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = messageOf(answerOf(Number(process.argv[2])), packetSize);
  const credentials = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
  const server = net.createServer((socket) => {
    serve(socket, credentials, rows).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.once('disconnect', () => process.exit());
}
