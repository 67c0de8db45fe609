/** As much LDAP (RFC 4511) as it takes to have a real server judge wrapped messages: SASL binds, and reading one object. */
import net from 'node:net';
import { once } from 'node:events';
import * as ldap from '#lib/wire/ldap-messages';
import { ByteReader } from '#lib/wire/byte-reader';
import { elementSize } from '#lib/wire/ber';
import { frame, largestFrame } from '#lib/wire/sasl-frames';
import type { Handshake, SecurityContext } from 'sspi';

/** One connection; every message after a bind is wrapped in both directions. */
export class LdapConnection implements AsyncDisposable {
  readonly #socket: net.Socket;
  #reader: ByteReader;
  #context: SecurityContext | undefined;
  #id = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // reading tells of it
    this.#reader = new ByteReader(socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
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
  async read(name: string, attribute: string): Promise<readonly Buffer[]> {
    this.#send(ldap.readRequest(name, [attribute]));
    let values: readonly Buffer[] = [];
    for (;;) {
      const { tag, operation } = await this.#receive();
      if (tag === ldap.responseTags.searchEntry) {
        values = ldap.readSearchEntry(operation).attributes.get(attribute.toLowerCase()) ?? [];
      }
      if (tag === ldap.responseTags.searchDone) return values;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #bound(handshake: Handshake, answer: ldap.BindResult): SecurityContext {
    if (answer.code !== ldap.resultCodes.success) throw new Error(`the server refused the bind: ${answer.code}`);
    const { context } = handshake;
    this.#context = context;
    this.#reader = new ByteReader(opened(context, this.#reader));
    return context;
  }

  async #bind(mechanism: string, credentials: Buffer | undefined): Promise<ldap.BindResult> {
    this.#send(ldap.saslBindRequest(mechanism, credentials));
    const answer = ldap.readBindResponse((await this.#receive()).operation);
    const { success, saslBindInProgress } = ldap.resultCodes;
    if (answer.code !== success && answer.code !== saslBindInProgress) {
      throw new Error(`the server refused the bind: ${answer.code}`);
    }
    return answer;
  }

  #send(operation: Buffer): void {
    const message = ldap.message(++this.#id, operation);
    this.#socket.write(this.#context === undefined ? message : frame(this.#context.wrap(message)));
  }

  async #receive(): Promise<ReturnType<typeof ldap.readMessage>> {
    const size = elementSize(await this.#reader.peek(6));
    if (size === undefined) throw new Error('the server closed the connection');
    return ldap.readMessage(await this.#reader.read(size));
  }
}

async function* opened(context: SecurityContext, reader: ByteReader): AsyncGenerator<Buffer, void> {
  while ((await reader.peek(1)).length > 0) {
    const length = (await reader.read(4)).readUInt32BE();
    if (length > largestFrame) throw new Error(`a frame of ${length} bytes`);
    yield context.unwrap(await reader.read(length));
  }
}

function owed({ credentials }: ldap.BindResult): Buffer {
  if (credentials === undefined) throw new Error('the server sent no credentials where it owes some');
  return credentials;
}
