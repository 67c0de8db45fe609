import { WireError } from './wire-error';

/** The protected frames of a SASL security layer (RFC 4422, section 3.7): four bytes of length, then the protected bytes. */

const header = 4;

/** The largest length that a GSSAPI peer can announce: three bytes (RFC 4752, section 3.1). */
export const largestFrame = 0xffffff;

/** One frame around protected bytes. */
export function frame(protectedBytes: Uint8Array): Buffer {
  const length = Buffer.alloc(header);
  length.writeUInt32BE(protectedBytes.length);
  return Buffer.concat([length, protectedBytes]);
}

/** Cuts frames out of chunks of any size. */
export class FrameParser {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #available = 0;
  /** The length of the current frame, once it is known. */
  #wanted: number | undefined;

  /** @param limit The largest accepted frame, in bytes: the maximum that was announced to the peer. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True if the bytes so far end inside a frame. */
  get partial(): boolean {
    return this.#available > 0 || this.#wanted !== undefined;
  }

  /**
   * Takes the next bytes of the stream, which may contain part of a frame or several frames, and yields the contents of those
   * that are complete.
   * @throws {WireError} for a frame over the limit, as soon as its length has arrived.
   */
  *push(chunk: Buffer): Generator<Buffer, void> {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    for (;;) {
      if (this.#wanted === undefined) {
        if (this.#available < header) return;
        this.#wanted = this.#take(header).readUInt32BE();
        if (this.#wanted > this.#limit) {
          throw new WireError(`a protected frame of ${this.#wanted} bytes, although ${this.#limit} were agreed on`);
        }
      }
      if (this.#available < this.#wanted) return;
      const contents = this.#take(this.#wanted);
      this.#wanted = undefined;
      yield contents;
    }
  }

  #take(count: number): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#available -= count;
    this.#chunks = this.#available === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}
