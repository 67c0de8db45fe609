/** Bytes that arrive in chunks of any size, and are taken in exact numbers. */
export class ByteQueue {
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Waits for so many bytes. */
  async have(count: number): Promise<void> {
    while (this.#bytes.length < count) {
      if (this.#ended) throw new Error('the client closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async take(count: number): Promise<Buffer> {
    await this.have(count);
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}
