import { Duplex } from 'node:stream';
import type { Random } from './random';
import type { Schedule } from './schedule';

export interface Addresses {
  readonly remoteAddress: string;
  readonly localAddress: string;
}

type Callback = (error?: Error | null) => void;

/** What the server has of a connection. It behaves as a net.Socket with `allowHalfOpen`, as far as node:http uses one. */
export class ServerSocket extends Duplex {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly #link: Link;

  constructor(link: Link, { remoteAddress, localAddress }: Addresses) {
    super();
    this.#link = link;
    this.remoteAddress = remoteAddress;
    this.localAddress = localAddress;
  }

  /** As net.Socket has it: ends, and is destroyed when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    // The link pushes what arrives.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Callback): void {
    this.#link.sendToClient(chunk, done);
  }

  override _final(done: Callback): void {
    this.#link.endToClient();
    done();
  }

  override _destroy(error: Error | null, done: Callback): void {
    this.#link.serverDestroyed();
    done(error);
  }
}

/**
 * A TCP connection in memory. The seed decides when bytes arrive and how they are cut, how much of what the server writes is
 * buffered for it, and what of it is lost when it destroys the socket.
 */
export class Link {
  readonly id: number;
  readonly socket: ServerSocket;
  onData: (bytes: Buffer) => void = () => undefined;
  /** The client has learnt that the connection has ended. */
  onClose: () => void = () => undefined;

  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #loss: number;
  /** Writes succeed before the client has received them. */
  readonly #buffers: boolean;
  #toServer: Buffer = Buffer.alloc(0);
  #clientEnded = false;
  #toServerDue = false;
  readonly #toClient: { bytes: Buffer; readonly done: Callback }[] = [];
  #serverEnded = false;
  #toClientDue = false;
  #closed = false;

  /** @param loss How probable it is that what the server has written is lost when it destroys the socket. */
  constructor(id: number, random: Random, schedule: Schedule, addresses: Addresses, loss = 0.5) {
    this.id = id;
    this.#loss = loss;
    this.#random = random;
    this.#schedule = schedule;
    this.#buffers = random.chance(0.7);
    this.socket = new ServerSocket(this, addresses);
  }

  /** The client knows that the connection has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The client writes nothing more. */
  get ended(): boolean {
    return this.#closed || this.#clientEnded;
  }

  /** Everything that the client has written has arrived. */
  get delivered(): boolean {
    return this.#toServer.length === 0;
  }

  // -- The client's end ---------------------------------------------------------------------------------------------------

  write(bytes: Buffer): void {
    if (this.ended) return;
    this.#toServer = Buffer.concat([this.#toServer, bytes]);
    this.#dueToServer();
  }

  /** FIN: nothing more is written. */
  end(): void {
    if (this.ended) return;
    this.#clientEnded = true;
    this.#dueToServer();
  }

  /** RST: what is on its way is lost. */
  reset(): void {
    if (this.#closed) return;
    this.#toServer = Buffer.alloc(0);
    this.#close();
    if (this.socket.destroyed) return;
    this.socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }

  #dueToServer(): void {
    if (this.#toServerDue) return;
    this.#toServerDue = true;
    this.#schedule.add(`${this.id} to server`, () => {
      this.#toServerDue = false;
      this.#deliverToServer();
    });
  }

  #deliverToServer(): void {
    const { socket } = this;
    const bytes = this.#toServer.subarray(0, this.#cut(this.#toServer.length));
    this.#toServer = this.#toServer.subarray(bytes.length);
    if (socket.destroyed || socket.readableEnded) return;
    if (bytes.length > 0) socket.push(bytes);
    if (this.#toServer.length > 0) return this.#dueToServer();
    if (!this.#clientEnded) return;
    socket.push(null);
    // As net.Socket does: 'end' is emitted although nobody reads, where nothing is left to be read.
    socket.read(0);
  }

  // -- The server's end ---------------------------------------------------------------------------------------------------

  sendToClient(bytes: Buffer, done: Callback): void {
    if (this.#closed) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    this.#toClient.push({ bytes: Buffer.from(bytes), done: this.#buffers ? () => undefined : done });
    if (this.#buffers) done();
    this.#dueToClient();
  }

  endToClient(): void {
    this.#serverEnded = true;
    this.#dueToClient();
  }

  serverDestroyed(): void {
    this.#serverEnded = true;
    // What is written is sent all the same, unless bytes of the client are still unread: then the kernel resets.
    if (this.#random.chance(this.#loss)) this.#toClient.length = 0;
    this.#dueToClient();
  }

  #dueToClient(): void {
    if (this.#toClientDue || this.#closed) return;
    this.#toClientDue = true;
    this.#schedule.add(`${this.id} to client`, () => {
      this.#toClientDue = false;
      this.#deliverToClient();
    });
  }

  #deliverToClient(): void {
    if (this.#closed) return;
    const [first] = this.#toClient;
    if (first !== undefined) {
      const part = first.bytes.subarray(0, this.#cut(first.bytes.length));
      first.bytes = first.bytes.subarray(part.length);
      if (first.bytes.length === 0) {
        this.#toClient.shift();
        first.done();
      }
      this.onData(part);
    }
    if (this.#toClient.length > 0 || (first !== undefined && this.#serverEnded)) return this.#dueToClient();
    if (!this.#serverEnded) return;
    this.end();
    this.#close();
  }

  #close(): void {
    this.#closed = true;
    this.#schedule.note(`${this.id} closed`);
    for (const { done } of this.#toClient.splice(0)) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    }
    this.onClose();
  }

  /** How much arrives at once: mostly all of it, otherwise the first part. */
  #cut(length: number): number {
    return length < 2 || this.#random.chance(0.65) ? length : this.#random.between(1, length - 1);
  }
}
