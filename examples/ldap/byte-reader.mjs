/** Reads exact numbers of bytes from chunks of any size, such as a socket's. */
export class ByteReader {
  #source;
  /** @type {Buffer} */
  #rest = Buffer.alloc(0);

  /** @param {AsyncIterator<Buffer>} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * Looks at what is there, at least `count` bytes, and takes nothing. Fewer mean the end.
   * @param {number} count
   */
  async peek(count) {
    while (this.#rest.length < count) {
      const next = await this.#source.next();
      if (next.done) break;
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    return this.#rest;
  }

  /** @param {number} count */
  async read(count) {
    const available = await this.peek(count);
    if (available.length < count) throw new Error('The connection ended inside a message.');
    this.#rest = available.subarray(count);
    return available.subarray(0, count);
  }
}
