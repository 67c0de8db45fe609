import { SecureStream } from '../sasl/secure-stream';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** What a driver holds in place of its socket: it connects, binds and only then says that it is connected. */
export class ConnectionStream extends SecureStream {
  /** As of net.Socket: true until the bind has succeeded. */
  connecting = true;
  #wire: Socket | undefined;
  /** What was set on the stream before there was a socket. */
  readonly #settings: ((socket: Socket) => void)[] = [];
  #giveUp: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: false });
  }

  /** @param giveUp Called when the driver destroys the stream, to end an attempt to connect. */
  onGiveUp(giveUp: () => void): void {
    this.#giveUp = giveUp;
  }

  /** The TCP connection, as soon as there is one. */
  useWire(wire: Socket): void {
    this.#wire = wire;
    wire.on('timeout', () => this.emit('timeout'));
    for (const set of this.#settings.splice(0)) set(wire);
  }

  override begin(socket: Duplex, layer: Parameters<SecureStream['begin']>[1]): void {
    super.begin(socket, layer);
    if (this.destroyed) return;
    this.connecting = false;
    this.emit('connect');
    this.emit('ready');
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connecting = false;
    super._destroy(error, (failure) => {
      done(failure);
      this.#giveUp?.();
    });
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): Socket['readyState'] {
    if (this.connecting) return 'opening';
    if (this.destroyed) return 'closed';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }

  get remoteAddress(): string | undefined {
    return this.#wire?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#wire?.remotePort;
  }

  get localAddress(): string | undefined {
    return this.#wire?.localAddress;
  }

  get localPort(): number | undefined {
    return this.#wire?.localPort;
  }

  setTimeout(milliseconds: number, listener?: () => void): this {
    if (listener !== undefined) this.once('timeout', listener);
    return this.#set((wire) => wire.setTimeout(milliseconds));
  }

  setNoDelay(on?: boolean): this {
    return this.#set((wire) => wire.setNoDelay(on));
  }

  setKeepAlive(on?: boolean, milliseconds?: number): this {
    return this.#set((wire) => wire.setKeepAlive(on, milliseconds));
  }

  ref(): this {
    return this.#set((wire) => wire.ref());
  }

  unref(): this {
    return this.#set((wire) => wire.unref());
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  #set(change: (wire: Socket) => void): this {
    if (this.#wire === undefined) this.#settings.push(change);
    else change(this.#wire);
    return this;
  }
}
