/** Frames on a socket: the peers' own (length, kind) and those of MIT's samples (flags, length). */
import net from 'node:net';
import { once } from 'node:events';

export interface Frame {
  /** A letter for the lab's peers, flags for MIT's samples. */
  readonly kind: number;
  readonly contents: Buffer;
}

interface Format {
  /** Offsets of kind and contents behind a length of four bytes; `counts` what the length includes beside the contents. */
  readonly kindAt: number;
  readonly lengthAt: number;
  readonly counts: number;
}

const head = 5;
export const kindThenLength: Format = { kindAt: 0, lengthAt: 1, counts: 0 };
export const lengthThenKind: Format = { kindAt: 4, lengthAt: 0, counts: 1 };

export class Frames implements Disposable {
  readonly #frames: AsyncGenerator<Frame, void>;

  constructor(
    readonly socket: net.Socket,
    readonly format: Format,
  ) {
    socket.setTimeout(20_000, () => socket.destroy(new Error('the peer is silent')));
    socket.on('error', () => undefined); // the iteration reports it
    this.#frames = framesOf(socket, format);
  }

  static async connect(port: number, format: Format): Promise<Frames> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Frames(socket, format);
  }

  send(kind: number, contents: Buffer): void {
    const { kindAt, lengthAt, counts } = this.format;
    const start = Buffer.alloc(head);
    start.writeUInt8(kind, kindAt);
    start.writeUInt32BE(contents.length + counts, lengthAt);
    this.socket.write(Buffer.concat([start, contents]));
  }

  async receive(): Promise<Frame> {
    const { value, done } = await this.#frames.next();
    if (done === true) throw new Error('the peer closed the connection');
    return value;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

async function* framesOf(socket: net.Socket, { kindAt, lengthAt, counts }: Format): AsyncGenerator<Frame, void> {
  let parts: Buffer[] = [];
  let total = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    parts.push(chunk);
    total += chunk.length;
    if (total < head) continue;
    let received = Buffer.concat(parts);
    while (received.length >= head) {
      const end = head + received.readUInt32BE(lengthAt) - counts;
      if (received.length < end) break;
      yield { kind: received.readUInt8(kindAt), contents: received.subarray(head, end) };
      received = received.subarray(end);
    }
    parts = [received];
    total = received.length;
  }
}
