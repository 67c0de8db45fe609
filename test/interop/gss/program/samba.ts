/** The LDAP server of the domain controller: a SASL bind (GSSAPI, RFC 4752; GSS-SPNEGO, MS-ADTS 5.1.1.1.2), then protected searches. */
import net from 'node:net';
import { once } from 'node:events';
import * as ldap from '#lib/wire/ldap-messages';
import { elementSize } from '#lib/wire/ber';
import { ByteReader } from '#lib/wire/byte-reader';
import { frame, largestFrame } from '#lib/wire/sasl-frames';
import { begin, check, establish, type Logons } from './handshake';
import { formOf, messagesOf, type Messages } from './messages';
import type { Party } from './controlled';
import { sizesOf, type Cell, type Layer, type Outcome } from '../cells';

/** More than any mechanism adds to a message. */
const mostOverhead = 128;
const layerBits: Record<Layer, number> = { none: 1, integrity: 2, confidentiality: 4 };

class Connection implements Disposable {
  #reader: ByteReader;
  #messages: Messages | undefined;
  #largest = largestFrame;
  #id = 0;

  private constructor(readonly socket: net.Socket) {
    socket.on('error', () => undefined); // reading tells of it
    this.#reader = new ByteReader(socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
  }

  static async open(port: number): Promise<Connection> {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  async bind(mechanism: string, token: Buffer): Promise<ldap.BindResult> {
    this.send(ldap.saslBindRequest(mechanism, token));
    const answer = ldap.readBindResponse((await this.receive()).operation);
    if (answer.code !== ldap.resultCodes.success && answer.code !== ldap.resultCodes.saslBindInProgress) {
      throw new Error(`the server refused the bind: ${answer.name}`);
    }
    return answer;
  }

  /** @param largest what the server takes, in bytes */
  protectWith(messages: Messages, largest: number): void {
    this.#messages = messages;
    this.#largest = largest - mostOverhead;
    this.#reader = new ByteReader(opened(messages, this.#reader));
  }

  /** @returns the (first) message as it was protected. */
  send(operation: Buffer): Buffer {
    const message = ldap.message(++this.#id, operation);
    const messages = this.#messages;
    if (messages === undefined) {
      this.socket.write(message);
      return message;
    }
    const parts: Buffer[] = [];
    for (let at = 0; at < message.length; at += this.#largest) {
      parts.push(messages.protect(message.subarray(at, at + this.#largest)));
    }
    for (const part of parts) this.socket.write(frame(part));
    return parts[0] ?? message;
  }

  async receive(): Promise<ReturnType<typeof ldap.readMessage>> {
    const size = elementSize(await this.#reader.peek(6));
    if (size === undefined) throw new Error('the server closed the connection');
    return ldap.readMessage(await this.#reader.read(size));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

async function* opened(messages: Messages, reader: ByteReader): AsyncGenerator<Buffer, void> {
  while ((await reader.peek(1)).length > 0) {
    const length = (await reader.read(4)).readUInt32BE();
    if (length > largestFrame) throw new Error(`a frame of ${length} bytes`);
    yield messages.open(await reader.read(length));
  }
}

export async function withSamba(cell: Cell, logons: Logons, { key, port }: Party): Promise<Outcome['form']> {
  const gssapi = cell.mechanism === 'Kerberos';
  const mechanism = gssapi ? 'GSSAPI' : 'GSS-SPNEGO';
  using connection = await Connection.open(port);
  // GSSAPI negotiates the layer in messages that are signed.
  const asked = gssapi && cell.layer === 'none' ? ({ ...cell, layer: 'integrity' } as const) : cell;
  await using handshake = begin(asked, await logons.for(cell), key);
  let answer: Promise<ldap.BindResult> | undefined;
  const context = await establish(
    handshake,
    async () => (await answer)?.credentials ?? Buffer.alloc(0),
    (token) => {
      answer = connection.bind(mechanism, token);
    },
  );
  check(cell, context);
  let result = await answer;
  let largest = largestFrame;
  if (gssapi) {
    if (result?.credentials?.length === 0 || result === undefined) throw new Error('the server offered no layers');
    if (cell.style === 'mutual') result = await connection.bind(mechanism, Buffer.alloc(0));
    const offer = context.unwrap(result.credentials ?? Buffer.alloc(0), { allowUnencrypted: true });
    largest = offer.readUIntBE(1, 3);
    const bit = layerBits[cell.layer];
    if (((offer[0] ?? 0) & bit) === 0) throw new Error(`the server offers the layers ${offer[0] ?? 0}`);
    const choice = Buffer.from([bit, 0xff, 0xff, 0xff]);
    if (cell.layer === 'none') choice.fill(0, 1);
    result = await connection.bind(mechanism, context.wrap(choice, { encrypt: false }));
  }
  if (result?.code !== ldap.resultCodes.success) throw new Error('the bind did not end');
  if (cell.layer !== 'none') connection.protectWith(messagesOf(cell, context), largest);
  let form: Outcome['form'];
  for (const size of sizesOf(cell)) form = formOf(cell, await search(connection, size));
  return cell.layer === 'none' ? undefined : form;
}

/** Reads the name of the domain, in a request that is longer than `size`. */
async function search(connection: Connection, size: number): Promise<Buffer> {
  const sent = connection.send(ldap.readRequest('', ['defaultNamingContext', 'x'.repeat(size)]));
  for (let name = ''; ;) {
    const { tag, operation } = await connection.receive();
    if (tag === ldap.responseTags.searchEntry) {
      name = String(ldap.readSearchEntry(operation).attributes.get('defaultnamingcontext')?.[0]);
    }
    if (tag !== ldap.responseTags.searchDone) continue;
    if (name !== 'DC=corp,DC=test') throw new Error(`the domain is called ${name}: ${ldap.readResult(operation).name}`);
    return sent;
  }
}
