/** As much LDAP (RFC 4511) as it takes to have a real server judge wrapped messages: SASL binds, and reading one object. */
import net from 'node:net';
import { once } from 'node:events';
import type { Handshake, SecurityContext } from 'sspi';

const success = 0;
const saslBindInProgress = 14;

/** One element of BER with a definite length. */
function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
  header.writeUInt32BE(content.length, 2);
  return Buffer.concat([header, content]);
}

const integer = (value: number, tag = 0x02): Buffer => element(tag, Buffer.from([value]));
const text = (value: string, tag = 0x04): Buffer => element(tag, Buffer.from(value));

interface Parsed {
  readonly tag: number;
  readonly content: Buffer;
}

/** The first element of some bytes and what follows it; undefined while it is not all there. */
function parse(bytes: Buffer): (Parsed & { readonly rest: Buffer }) | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  const start = 2 + lengthBytes;
  if (bytes.length < start) return undefined;
  const end = start + (lengthBytes === 0 ? short : bytes.readUIntBE(2, lengthBytes));
  if (bytes.length < end) return undefined;
  return { tag: bytes.readUInt8(0), content: bytes.subarray(start, end), rest: bytes.subarray(end) };
}

function elements(bytes: Buffer): Parsed[] {
  const found: Parsed[] = [];
  for (let next = parse(bytes); next !== undefined; next = parse(next.rest)) found.push(next);
  return found;
}

/** An answer of the server to a bind. */
interface BindAnswer {
  readonly code: number;
  readonly credentials: Buffer | undefined;
}

/** One connection; every message after a bind is wrapped in both directions. */
export class LdapConnection implements AsyncDisposable {
  readonly #socket: net.Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #received: Buffer = Buffer.alloc(0);
  #context: SecurityContext | undefined;
  #id = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // reading tells of it
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  static async connect(port: number): Promise<LdapConnection> {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new LdapConnection(socket);
  }

  /** GSS-SPNEGO (MS-ADTS 5.1.1.1.2): what the handshake has granted is the security layer. */
  async bindSpnego(handshake: Handshake): Promise<SecurityContext> {
    let leg = await handshake.step();
    let answer = await this.#bind('GSS-SPNEGO', leg.token);
    while (leg.expectsReply) {
      leg = await handshake.step(owed(answer));
      if (leg.token !== undefined) answer = await this.#bind('GSS-SPNEGO', leg.token);
    }
    return this.#bound(handshake, answer);
  }

  /** GSSAPI (RFC 4752): Kerberos, then the choice of a security layer: confidentiality. */
  async bindGssapi(handshake: Handshake): Promise<SecurityContext> {
    let leg = await handshake.step();
    let answer = await this.#bind('GSSAPI', leg.token);
    while (leg.expectsReply) {
      leg = await handshake.step(owed(answer));
      answer = await this.#bind('GSSAPI', leg.token ?? Buffer.alloc(0));
    }
    const offer = handshake.context.unwrap(owed(answer), { allowUnencrypted: true });
    expect(offer).toHaveLength(4);
    const choice = Buffer.from([4, 0xff, 0xff, 0xff]);
    return this.#bound(handshake, await this.#bind('GSSAPI', handshake.context.wrap(choice, { encrypt: false })));
  }

  /** The values of one attribute of an object; the root DSE has the empty name. */
  async read(name: string, attribute: string): Promise<Buffer[]> {
    const request = element(
      0x63,
      text(name),
      integer(0, 0x0a),
      integer(0, 0x0a),
      integer(0),
      integer(0),
      element(0x01, Buffer.from([0])),
      text('objectClass', 0x87),
      element(0x30, text(attribute)),
    );
    this.#send(request);
    let values: Buffer[] = [];
    for (;;) {
      const { tag, content } = await this.#receive();
      if (tag === 0x64) values = attributeValues(content);
      if (tag === 0x65) return values;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #bound(handshake: Handshake, answer: BindAnswer): SecurityContext {
    if (answer.code !== success) throw new Error(`the server refused the bind: ${answer.code}`);
    this.#context = handshake.context;
    return handshake.context;
  }

  async #bind(mechanism: string, credentials: Buffer | undefined): Promise<BindAnswer> {
    const sasl = credentials === undefined ? [text(mechanism)] : [text(mechanism), element(0x04, credentials)];
    this.#send(element(0x60, integer(3), text(''), element(0xa3, ...sasl)));
    const { content } = await this.#receive();
    const parts = elements(content);
    const code = parts[0]?.content.readUInt8(0) ?? -1;
    if (code !== success && code !== saslBindInProgress) throw new Error(`the server refused the bind: ${code}`);
    return { code, credentials: parts.find(({ tag }) => tag === 0x87)?.content };
  }

  #send(operation: Buffer): void {
    const message = element(0x30, integer(++this.#id), operation);
    if (this.#context === undefined) {
      this.#socket.write(message);
      return;
    }
    const sealed = this.#context.wrap(message);
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(sealed.length);
    this.#socket.write(Buffer.concat([frame, sealed]));
  }

  async #receive(): Promise<Parsed> {
    for (;;) {
      const message = this.#context === undefined ? parse(this.#received) : parse(this.#opened);
      if (message !== undefined) {
        if (this.#context === undefined) this.#received = message.rest;
        else this.#opened = message.rest;
        const [, operation] = elements(message.content);
        if (operation === undefined) throw new Error('an LDAP message without an operation');
        return operation;
      }
      await this.#more();
    }
  }

  #opened: Buffer = Buffer.alloc(0);

  /** Reads on, and opens each frame that is whole. */
  async #more(): Promise<void> {
    const frame = this.#received.length >= 4 ? this.#received.readUInt32BE(0) : Infinity;
    if (this.#context !== undefined && this.#received.length >= 4 + frame) {
      const sealed = this.#received.subarray(4, 4 + frame);
      this.#received = this.#received.subarray(4 + frame);
      this.#opened = Buffer.concat([this.#opened, this.#context.unwrap(sealed)]);
      return;
    }
    const chunk = await this.#chunks.next();
    if (chunk.done === true) throw new Error('the server closed the connection');
    this.#received = Buffer.concat([this.#received, chunk.value]);
  }
}

function owed({ credentials }: BindAnswer): Buffer {
  if (credentials === undefined) throw new Error('the server sent no credentials where it owes some');
  return credentials;
}

/** SearchResultEntry of one attribute. */
function attributeValues(entry: Buffer): Buffer[] {
  const [, list] = elements(entry);
  const [attribute] = elements(list?.content ?? Buffer.alloc(0));
  const [, values] = elements(attribute?.content ?? Buffer.alloc(0));
  return elements(values?.content ?? Buffer.alloc(0)).map(({ content }) => content);
}
