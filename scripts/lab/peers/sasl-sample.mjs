/**
 * Cyrus' sasl-sample-server: the SASL exchange and one protected message each way, as lines of base64. It speaks on its standard
 * streams, so each connection starts one; a connection's first line is `MECHANISM MIN MAX`, the strengths that it may agree on.
 */
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';

export const packages = ['sasl2-bin', 'libsasl2-modules-gssapi-mit'];

const host = 'peer.corp.test';

/** It takes its own principal from the machine's name. */
const underName = `hostname ${host} && exec stdbuf -o0 sasl-sample-server -s host -m "$0" -b "min=$1,max=$2"`;

/** @param {import('./place.mjs').PeerPlace} place */
export async function start(place) {
  const log = place.path('sasl-sample.log');
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    readLine(socket, (line) => serve(socket, line.split(' '), place.environment(), log));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { stop, description: { host, port: server.address().port, log } };
}

/** Reads up to the first end of a line, and puts back what follows it. */
function readLine(socket, use) {
  let text = Buffer.alloc(0);
  socket.on('data', function read(chunk) {
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf('\n');
    if (end < 0) return;
    socket.off('data', read);
    socket.pause();
    socket.unshift(text.subarray(end + 1));
    use(text.toString('latin1', 0, end));
  });
}

function serve(socket, [mechanism, least, most], env, log) {
  const child = spawn('unshare', ['--uts', 'sh', '-c', underName, mechanism, least, most], { env });
  const note = (chunk) => fs.appendFileSync(log, chunk);
  child.stdin.on('error', () => {});
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  child.on('error', (error) => socket.destroy(error));
  // The connection ends when the program has, so what it says last arrives.
  child.stdout.pipe(socket, { end: false });
  child.on('close', () => socket.end());
  socket.pipe(child.stdin);
  socket.on('close', () => child.kill());
}
