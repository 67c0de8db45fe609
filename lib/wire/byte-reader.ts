import { WireError } from './wire-error';

/** Reads exact numbers of bytes from chunks of any size, such as a socket's. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** Looks at what is there, at least `count` bytes, and takes nothing. Fewer mean the end. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const next = await this.#source.next();
      if (next.done === true) break;
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    return this.#rest;
  }

  async read(count: number): Promise<Buffer> {
    const available = await this.peek(count);
    if (available.length < count) throw new WireError('the connection ended inside a message');
    this.#rest = available.subarray(count);
    return available.subarray(0, count);
  }
}
