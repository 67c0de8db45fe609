/**
 * A small LDAP client over one TCP connection, one request at a time. After a SASL bind with a security layer every byte of
 * it is sealed in both directions.
 */
import net from 'node:net';
import { once } from 'node:events';
import { ByteReader } from './byte-reader.mjs';
import { elementSize } from './ber.mjs';
import * as ldap from './messages.mjs';

/** The largest sealed frame that this client takes; it tells the server so in the SASL GSSAPI negotiation. */
export const maxFrame = 0xffffff;

const largestHeader = 6;

/** An answer of the server that is no success. */
export class LdapError extends Error {
  /** @param {string} what @param {ldap.LdapResult} result */
  constructor(what, result) {
    super(`${what}: ${result.name}${result.diagnostic && ` (${result.diagnostic})`}`);
    this.name = 'LdapError';
    this.result = result;
  }
}

export class LdapConnection {
  #socket;
  #reader;
  #lastId = 0;
  /** @type {((bytes: Buffer) => Buffer) | undefined} */
  #seal;

  /** @param {{ host: string, port?: number }} address */
  static async connect({ host, port = 389 }) {
    const socket = net.connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return new LdapConnection(socket);
  }

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    // Reading tells of errors; without a listener one that comes before it would end the process.
    socket.on('error', () => undefined);
    this.#reader = new ByteReader(socket[Symbol.asyncIterator]());
  }

  /**
   * From the next message on, in both directions: frames of four bytes of length and a sealed part of the LDAP byte stream
   * (RFC 4422, section 3.7).
   * @param {import('sspi').SecurityContext} context
   * @param {number} [maxSend] the largest frame that the server takes
   */
  protect(context, maxSend = maxFrame) {
    this.#seal = (bytes) => Buffer.concat([...sealedFrames(context, bytes, maxSend)]);
    this.#reader = new ByteReader(openedFrames(context, this.#reader));
  }

  /** One step of a SASL bind. @param {string} mechanism @param {Uint8Array | undefined} credentials */
  async saslBind(mechanism, credentials) {
    const { operation } = await this.#request(ldap.saslBind(mechanism, credentials), ldap.responseTags.bind);
    return ldap.readBindResponse(operation);
  }

  /**
   * Reads attributes of one object: their values by name in lower case.
   * @param {string} dn @param {...string} attributes
   */
  async read(dn, ...attributes) {
    const id = this.#send(ldap.readObject(dn, attributes));
    let entry;
    for (;;) {
      const { tag, operation } = await this.#receive(id);
      if (tag === ldap.responseTags.searchEntry) entry = ldap.readSearchEntry(operation);
      if (tag !== ldap.responseTags.searchDone) continue;
      const result = ldap.readSearchDone(operation);
      if (result.code !== ldap.resultCodes.success || !entry) throw new LdapError(`reading "${dn}"`, result);
      return entry;
    }
  }

  /** An extended operation; the server's answer, whatever it is. @param {string} oid */
  async extended(oid) {
    const { operation } = await this.#request(ldap.extended(oid), ldap.responseTags.extended);
    return ldap.readExtendedResponse(operation);
  }

  /** Takes leave and closes the connection. */
  async close() {
    if (this.#socket.destroyed) return;
    this.#send(ldap.unbind());
    this.#socket.destroySoon();
    await once(this.#socket, 'close');
  }

  /** Closes the connection without another word. */
  destroy() {
    this.#socket.destroy();
  }

  /** @param {Buffer} operation @param {number} expected */
  async #request(operation, expected) {
    const answer = await this.#receive(this.#send(operation));
    if (answer.tag !== expected) throw new Error(`LDAP: operation 0x${answer.tag.toString(16)} is no answer to this`);
    return answer;
  }

  /** @param {Buffer} operation */
  #send(operation) {
    const id = ++this.#lastId;
    const bytes = ldap.message(id, operation);
    this.#socket.write(this.#seal?.(bytes) ?? bytes);
    return id;
  }

  /** @param {number} id */
  async #receive(id) {
    const size = elementSize(await this.#reader.peek(largestHeader));
    if (size === undefined) throw new Error('The server closed the connection.');
    const answer = ldap.readMessage(await this.#reader.read(size));
    if (answer.id !== id) throw new Error(`LDAP: message ${answer.id} is not an answer to ${id}`);
    return answer;
  }
}

/** @param {import('sspi').SecurityContext} context @param {Buffer} bytes @param {number} maxSend */
function* sealedFrames(context, bytes, maxSend) {
  const roomForToken = 256;
  const step = Math.max(1, maxSend - roomForToken);
  for (let start = 0; start < bytes.length; start += step) {
    const sealed = context.wrap(bytes.subarray(start, start + step));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(sealed.length);
    yield length;
    yield sealed;
  }
}

/** @param {import('sspi').SecurityContext} context @param {ByteReader} reader */
async function* openedFrames(context, reader) {
  while ((await reader.peek(1)).length > 0) {
    const length = (await reader.read(4)).readUInt32BE();
    if (length > maxFrame) throw new Error(`A sealed frame of ${length} bytes is larger than was agreed.`);
    yield context.unwrap(await reader.read(length));
  }
}
