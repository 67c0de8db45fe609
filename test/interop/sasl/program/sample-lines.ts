/** The protocol of Cyrus' sample programs: messages as lines of base64 after a side's letter; other lines are remarks. */
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import { FrameParser } from '#lib/wire/sasl-frames';

type Side = 'C' | 'S';

export class SampleLines {
  readonly #socket: Socket;
  readonly #own: Side;
  readonly #lines: AsyncIterableIterator<string>;
  /** What the peer has said beside its messages. */
  readonly remarks: string[] = [];

  constructor(socket: Socket, own: Side) {
    this.#socket = socket;
    this.#own = own;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]() as AsyncIterableIterator<string>;
    socket.setTimeout(10_000, () => socket.destroy(new Error('the peer is silent')));
  }

  send(bytes: Buffer): void {
    this.#socket.write(`${this.#own}: ${bytes.toString('base64')}\n`);
  }

  /** The peer's next message. */
  async receive(): Promise<Buffer> {
    const prefix = this.#own === 'C' ? 'S: ' : 'C: ';
    for (;;) {
      const next = await this.#lines.next();
      if (next.done === true) throw new Error(['the peer has ended', ...this.remarks].join('\n'));
      if (next.value.startsWith(prefix)) return Buffer.from(next.value.slice(prefix.length), 'base64');
      this.remarks.push(next.value);
    }
  }

  /** Reads remarks until the peer ends. */
  async end(): Promise<void> {
    for await (const line of this.#lines) this.remarks.push(line);
  }
}

/** The plain bytes of frames that a layer protects. */
export const opened = (bytes: Buffer, unwrap: (message: Buffer) => Buffer): Buffer =>
  Buffer.concat([...new FrameParser(1 << 20).push(bytes)].map(unwrap));
