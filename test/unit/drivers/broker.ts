/**
 * A Kafka broker with SASL GSSAPI and no topics: ApiVersions, SaslHandshake, SaslAuthenticate and Metadata, in the versions that
 * kafkajs and @platformatic/kafka choose (https://kafka.apache.org/protocol). Layers are not for Kafka: it offers none only.
 */
import net from 'node:net';
import { once } from 'node:events';
import { createMechanism, type Mechanism } from 'sspi/sasl';
import { onCleanUp } from '../sasl/support';
import { SspiError } from 'sspi';

const api = { metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 } as const;
/** From this version on, strings and arrays are compact, and there are tagged fields (KIP-482). */
const flexibleFrom: Readonly<Record<number, number>> = { 3: 9, 18: 3, 36: 2 };

const int = (size: 1 | 2 | 4, value: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeIntBE(value, 0, size);
  return bytes;
};
const int64 = Buffer.alloc(8);
const noTags = Buffer.of(0);
const text = (value: string): Buffer => Buffer.concat([int(2, value.length), Buffer.from(value)]);
/** Less than 127 bytes or elements: one byte of variable length. */
const compact = (value: string): Buffer => Buffer.concat([Buffer.of(value.length + 1), Buffer.from(value)]);
const compactNull = Buffer.of(0);

export class Broker {
  readonly port: number;
  /** Who has signed on, and what was refused. */
  readonly log: string[] = [];

  private constructor(server: net.Server) {
    this.port = (server.address() as net.AddressInfo).port;
  }

  static async start(): Promise<Broker> {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const broker = new Broker(server);
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      new Session(broker, socket);
    });
    onCleanUp(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return broker;
  }
}

class Session {
  readonly #broker: Broker;
  readonly #socket: net.Socket;
  readonly #mechanism: Mechanism;
  #bytes = Buffer.alloc(0);
  #work = Promise.resolve();

  constructor(broker: Broker, socket: net.Socket) {
    this.#broker = broker;
    this.#socket = socket;
    this.#mechanism = createMechanism({ mechanism: 'GSSAPI', role: 'acceptor', layer: 'none' });
    socket.on('close', () => void this.#mechanism.dispose());
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readInt32BE()) {
        const request = this.#bytes.subarray(4, 4 + this.#bytes.readInt32BE());
        this.#bytes = this.#bytes.subarray(4 + request.length);
        this.#work = this.#work.then(() => this.#answer(request)).catch(() => void socket.destroy());
      }
    });
  }

  async #answer(request: Buffer): Promise<void> {
    const [key, version] = [request.readInt16BE(0), request.readInt16BE(2)];
    const flexible = version >= (flexibleFrom[key] ?? Infinity);
    const body = request.subarray(10 + Math.max(request.readInt16BE(8), 0) + (flexible ? 1 : 0));
    const answer = await this.#body(key, version, body, flexible);
    // The header of ApiVersions stays as it was, because a client does not know yet what the broker speaks.
    const header = Buffer.concat([
      request.subarray(4, 8),
      flexible && key !== api.apiVersions ? noTags : Buffer.alloc(0),
    ]);
    this.#socket.write(Buffer.concat([int(4, header.length + answer.length), header, answer]));
  }

  async #body(key: number, version: number, body: Buffer, flexible: boolean): Promise<Buffer> {
    switch (key) {
      case api.apiVersions:
        return versions(version, flexible);
      case api.saslHandshake: {
        const known = body.subarray(2).toString() === 'GSSAPI';
        return Buffer.concat([int(2, known ? 0 : 33), int(4, 1), text('GSSAPI')]);
      }
      case api.saslAuthenticate:
        return this.#authenticate(version, body, flexible);
      case api.metadata:
        if (!this.#mechanism.established) throw new Error('nobody has signed on');
        return metadata(this.#broker.port, flexible);
      default:
        throw new Error(`no such request: ${key}`);
    }
  }

  async #authenticate(version: number, body: Buffer, flexible: boolean): Promise<Buffer> {
    let error = '';
    let token: Buffer = Buffer.alloc(0);
    try {
      const leg = await this.#mechanism.step(flexible ? varBytes(body) : body.subarray(4, 4 + body.readInt32BE()));
      token = leg.token ?? token;
      if (!leg.expectsReply) this.#broker.log.push(String(this.#mechanism.context.clientName));
    } catch (failure) {
      error = SspiError.isSspiError(failure) ? failure.code : String(failure);
      this.#broker.log.push(error);
    }
    const code = int(2, error === '' ? 0 : 58);
    if (flexible) {
      const said = error === '' ? compactNull : compact(error);
      return Buffer.concat([code, said, varInt(token.length + 1), token, int64, noTags]);
    }
    const said = error === '' ? int(2, -1) : text(error);
    return Buffer.concat([code, said, int(4, token.length), token, ...(version > 0 ? [int64] : [])]);
  }
}

function versions(version: number, flexible: boolean): Buffer {
  const ranges: readonly (readonly [key: number, least: number, most: number])[] = [
    [api.metadata, ...(flexible ? ([12, 12] as const) : ([1, 1] as const))],
    [api.saslHandshake, 1, 1],
    [api.apiVersions, 0, 3],
    [api.saslAuthenticate, 0, 2],
  ];
  const rows = ranges.map((range) =>
    Buffer.concat([...range.map((each) => int(2, each)), ...(flexible ? [noTags] : [])]),
  );
  if (flexible) return Buffer.concat([int(2, 0), Buffer.of(rows.length + 1), ...rows, int(4, 0), noTags]);
  return Buffer.concat([int(2, 0), int(4, rows.length), ...rows, ...(version > 0 ? [int(4, 0)] : [])]);
}

function metadata(port: number, flexible: boolean): Buffer {
  const [node, controller] = [int(4, 1), int(4, 1)];
  if (!flexible) {
    const broker = Buffer.concat([node, text('127.0.0.1'), int(4, port), int(2, -1)]);
    return Buffer.concat([int(4, 1), broker, controller, int(4, 0)]);
  }
  const broker = Buffer.concat([node, compact('127.0.0.1'), int(4, port), compactNull, noTags]);
  const noTopics = Buffer.of(1);
  return Buffer.concat([int(4, 0), Buffer.of(2), broker, compact('cluster'), controller, noTopics, noTags]);
}

function varInt(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Compact bytes: a variable length, plus one, and the bytes. */
function varBytes(bytes: Buffer): Buffer {
  let length = 0;
  let at = 0;
  for (; ; at += 1) {
    const byte = bytes.readUInt8(at);
    length |= (byte & 0x7f) << (7 * at);
    if (byte < 0x80) break;
  }
  return bytes.subarray(at + 1, at + length);
}
