import type { Socket } from 'node:net';
import * as ldap from '../../wire/ldap-messages';
import { ByteReader } from '../../wire/byte-reader';
import { elementSize } from '../../wire/ber';
import { frame, largestFrame } from '../../wire/sasl-frames';
import { Failure } from '../failure';

/** How messages are protected after a SASL bind. */
export interface SecurityLayer {
  wrap(bytes: Buffer): Buffer;
  unwrap(bytes: Buffer): Buffer;
  /** The largest frame that the server accepts. */
  readonly maxSend: number;
}

/** LDAP over one connection, one request at a time. */
export class LdapConnection {
  readonly #socket: Socket;
  #reader: ByteReader;
  #layer: SecurityLayer | undefined;
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new ByteReader(socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
  }

  /** From the next message on, in both directions: frames of a length and protected bytes (RFC 4422, section 3.7). */
  protect(layer: SecurityLayer): void {
    this.#layer = layer;
    this.#reader = new ByteReader(openedFrames(layer, this.#reader));
  }

  /** One step of a SASL bind. */
  async saslBind(mechanism: string, credentials: Uint8Array | undefined): Promise<ldap.BindResult> {
    const operation = await this.#request(ldap.saslBindRequest(mechanism, credentials), ldap.responseTags.bind);
    return ldap.readBindResponse(operation);
  }

  /** Reads attributes of one object. */
  async read(dn: string, ...attributes: readonly string[]): Promise<ldap.LdapEntry> {
    const id = this.#send(ldap.readRequest(dn, attributes));
    let entry: ldap.LdapEntry | undefined;
    for (;;) {
      const { tag, operation } = await this.#receive(id);
      if (tag === ldap.responseTags.searchEntry) entry = ldap.readSearchEntry(operation);
      if (tag !== ldap.responseTags.searchDone) continue;
      const result = ldap.readResult(operation);
      if (result.code !== ldap.resultCodes.success || entry === undefined) {
        throw new Failure('ERR_SSPI_CLI_LDAP', `Reading "${dn}" failed: ${result.name}. ${result.diagnostic}`.trim());
      }
      return entry;
    }
  }

  /** An extended operation; the server's answer, whatever it is. */
  async extended(oid: string): Promise<ReturnType<typeof ldap.readExtendedResponse>> {
    return ldap.readExtendedResponse(await this.#request(ldap.extendedRequest(oid), ldap.responseTags.extended));
  }

  /** Sends an unbind request and closes the connection. */
  close(): void {
    if (this.#socket.destroyed) return;
    this.#send(ldap.unbindRequest());
    this.#socket.destroySoon();
  }

  async #request(operation: Buffer, expected: number): Promise<ReturnType<typeof ldap.readMessage>['operation']> {
    const { tag, operation: answer } = await this.#receive(this.#send(operation));
    if (tag !== expected) throw lost(`operation 0x${tag.toString(16)} is not an answer to the request`);
    return answer;
  }

  #send(operation: Buffer): number {
    const id = ++this.#lastId;
    const bytes = ldap.message(id, operation);
    this.#socket.write(this.#layer === undefined ? bytes : Buffer.concat([...frames(this.#layer, bytes)]));
    return id;
  }

  async #receive(id: number): Promise<ReturnType<typeof ldap.readMessage>> {
    const largestHeader = 6;
    const size = elementSize(await this.#reader.peek(largestHeader));
    if (size === undefined) throw lost('the server closed the connection');
    const answer = ldap.readMessage(await this.#reader.read(size));
    if (answer.id === id) return answer;
    // Number 0: the server closes the connection, and says why (RFC 4511, section 4.4.1).
    const notice = answer.id === 0 && answer.tag === ldap.responseTags.extended;
    throw lost(
      notice ? ldap.readResult(answer.operation).diagnostic : `message ${answer.id} is not an answer to ${id}`,
    );
  }
}

const lost = (reason: string): Failure => new Failure('ERR_SSPI_CLI_LDAP', `LDAP failed: ${reason}.`);

function* frames(layer: SecurityLayer, bytes: Buffer): Generator<Buffer> {
  const roomForToken = 256;
  const step = Math.max(1, layer.maxSend - roomForToken);
  for (let start = 0; start < bytes.length; start += step) {
    yield frame(layer.wrap(bytes.subarray(start, start + step)));
  }
}

async function* openedFrames(layer: SecurityLayer, reader: ByteReader): AsyncGenerator<Buffer, void> {
  while ((await reader.peek(1)).length > 0) {
    const length = (await reader.read(4)).readUInt32BE();
    if (length > largestFrame) throw lost(`a protected frame of ${length} bytes is larger than agreed`);
    yield layer.unwrap(await reader.read(length));
  }
}
