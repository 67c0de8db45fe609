import { Duplex } from 'node:stream';

/** What node:http and the client of `sspi/http` use of a net.Socket besides its bytes. */
export abstract class SimulatedSocket extends Duplex {
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Ends, and is destroyed when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    // What arrives is pushed.
  }
}
