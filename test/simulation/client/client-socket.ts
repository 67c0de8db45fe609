import { SimulatedSocket } from './simulated-socket';
import type { Link } from '../link';
import type { Random } from '../random';

type Callback = (error?: Error | null) => void;

/** What a client has of a connection. */
export class ClientSocket extends SimulatedSocket {
  connecting = true;
  readonly #random: Random;
  #link: Link | undefined;
  #waiting: (() => void) | undefined;

  constructor(random: Random) {
    super({ allowHalfOpen: false });
    this.#random = random;
  }

  /** The connection is open. */
  opened(link: Link): void {
    this.#link = link;
    this.connecting = false;
    link.onData = (bytes) => void this.push(bytes);
    link.onClose = () => this.#closed();
    this.emit('connect');
    this.emit('ready');
    this.#waiting?.();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Callback): void {
    if (this.#link === undefined) {
      this.#waiting = () => this._write(chunk, encoding, done);
      return;
    }
    this.#link.write(chunk);
    done();
  }

  override _final(done: Callback): void {
    this.#link?.end();
    done();
  }

  override _destroy(error: Error | null, done: Callback): void {
    const link = this.#link;
    if (link !== undefined) {
      link.onData = () => undefined;
      link.onClose = () => undefined;
      if (this.#random.chance(0.5)) link.end();
      else link.reset();
    }
    done(error);
  }

  #closed(): void {
    if (this.destroyed) return;
    if (this.#random.chance(0.3)) {
      this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      return;
    }
    this.push(null);
    // As net.Socket does: 'end' is emitted although nobody reads, where nothing is left to be read.
    this.read(0);
  }
}
