import { WireError } from './wire-error';

/** Reads exact numbers of bytes from chunks of any size, such as a socket's. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  async read(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const next = await this.#source.next();
      if (next.done === true) throw new WireError('the connection ended inside a message');
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    const bytes = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return bytes;
  }
}
