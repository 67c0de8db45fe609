/** A client that costs little, so that the server is what is measured: each connection has one request under way. */
import net from 'node:net';

const success = Buffer.from('HTTP/1.1 200 ');
const end = Buffer.from('\r\n\r\nok');

/** What is asked, on behalf of a token where there is one. @param {string} [token] in base64 */
export const head = (token) =>
  `GET / HTTP/1.1\r\nHost: web.corp.test\r\n${token === undefined ? '' : `Authorization: Negotiate ${token}\r\n`}\r\n`;

/** A connection to one of the servers of server.mjs, which answer `ok`. */
export class Connection {
  #socket;
  #answered;

  /** @param {number} port */
  static async open(port) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  /** @private */
  constructor(socket) {
    this.#socket = socket;
    let received = [];
    const settle = (error) => {
      const answered = this.#answered;
      this.#answered = undefined;
      if (error) answered?.reject(error);
      else answered?.resolve();
    };
    socket.on('data', (part) => {
      received.push(part);
      const answer = received.length === 1 ? part : Buffer.concat(received);
      const good = answer.subarray(0, success.length).equals(success);
      if (good && !answer.subarray(-end.length).equals(end)) return;
      received = [];
      settle(good ? undefined : new Error(answer.toString('latin1')));
    });
    socket.on('error', settle).on('close', () => settle(new Error('the server has closed the connection')));
  }

  /** @param {string} request @returns {Promise<void>} once it is answered 200 */
  ask(request) {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  close() {
    this.#socket.destroy();
  }
}

/** @param {number} port @param {number} count some at a time, for a server's queue of new connections is short */
export async function openAll(port, count) {
  const connections = [];
  while (connections.length < count) {
    const some = Math.min(64, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: some }, () => Connection.open(port)))));
  }
  return connections;
}

/**
 * Sends requests over all connections at once, the next of each after the answer.
 * @param {readonly Connection[]} connections
 * @param {Iterable<string>} requests
 * @returns {Promise<number>} requests a second
 */
export async function rate(connections, requests) {
  const all = [...requests];
  const left = all.values();
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (const request of left) await connection.ask(request);
    }),
  );
  return (all.length * 1000) / (performance.now() - start);
}
