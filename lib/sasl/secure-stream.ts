import { Duplex } from 'node:stream';
import { frame, FrameParser } from '../wire/sasl-frames';
import { frameError } from './errors';
import { WireError } from '../wire/wire-error';
import type { ProtectingLayer } from './layer';

type Done = (error?: Error | null) => void;

/**
 * A stream of plain bytes over a connection that carries protected frames. Until {@link SecureStream.begin} it accepts writes and
 * keeps them, as a socket does that is still connecting.
 */
export class SecureStream extends Duplex {
  #socket: Duplex | undefined;
  #layer: ProtectingLayer | undefined;
  #frames: FrameParser | undefined;
  /** What waits for the connection. */
  #held: (() => void) | undefined;
  #wantsMore = false;
  /** Ends the write that is under way. */
  #writing: Done | undefined;

  constructor(options: { readonly allowHalfOpen: boolean }) {
    super({ allowHalfOpen: options.allowHalfOpen, decodeStrings: true });
  }

  /**
   * Takes the connection over.
   * @param layer Undefined passes the bytes unchanged.
   */
  begin(socket: Duplex, layer: ProtectingLayer | undefined): void {
    if (this.destroyed) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#layer = layer;
    if (layer !== undefined) this.#frames = new FrameParser(layer.limits.receive);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.#closed());
    if (socket.readableEnded) this.#ended();
    else if (this.#wantsMore) socket.resume();
    else socket.pause();
    if (socket.destroyed) this.#closed();
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  override _read(): void {
    this.#wantsMore = true;
    this.#socket?.resume();
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    const all =
      chunks.length === 1 ? (chunks[0] as { chunk: Buffer }).chunk : Buffer.concat(chunks.map((each) => each.chunk));
    this.#writing = (error) => {
      this.#writing = undefined;
      done(error);
    };
    this.#whenOpen(() => this.#send(all));
  }

  override _final(done: Done): void {
    this.#whenOpen((socket) => {
      // A connection without half-close ends its side by itself, once the peer has ended.
      if (socket.writableEnded || socket.destroyed) done();
      else socket.end(done);
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.destroy();
    this.#writing?.(error ?? new Error('The stream was closed before everything was written.'));
    done(error);
  }

  #whenOpen(work: (socket: Duplex) => void): void {
    if (this.#socket !== undefined) work(this.#socket);
    else this.#held = () => work(this.#socket as Duplex);
  }

  /** One frame after the other: the next is protected when the connection has taken the one before. */
  #send(data: Buffer): void {
    const socket = this.#socket as Duplex;
    const layer = this.#layer;
    if (layer === undefined) {
      socket.write(data, (error) => this.#writing?.(error));
      return;
    }
    let next: Buffer;
    let rest: Buffer;
    try {
      const { room } = layer;
      next = frame(layer.wrap(data.subarray(0, room)));
      rest = data.subarray(room);
    } catch (error) {
      this.#writing?.(error as Error);
      return;
    }
    socket.write(next, (error) => {
      if (error != null || rest.length === 0) this.#writing?.(error);
      else if (!this.destroyed) this.#send(rest);
    });
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    try {
      for (const data of this.#opened(chunk)) this.#deliver(data);
    } catch (error) {
      this.destroy(
        error instanceof WireError ? frameError(`The peer sent ${error.message}.`, error) : (error as Error),
      );
    }
  }

  *#opened(chunk: Buffer): Generator<Buffer> {
    if (this.#frames === undefined) {
      yield chunk;
      return;
    }
    const layer = this.#layer as ProtectingLayer;
    for (const message of this.#frames.push(chunk)) yield layer.unwrap(message);
  }

  #deliver(data: Buffer): void {
    // A protected message may contain nothing; for a stream, zero bytes are no data.
    if (data.length === 0 || this.destroyed || this.push(data)) return;
    this.#wantsMore = false;
    this.#socket?.pause();
  }

  #ended(): void {
    if (this.#frames?.partial === true) this.destroy(frameError('The connection ended inside a protected frame.'));
    else this.push(null);
  }

  /** The connection is gone: without an end before, nobody says that everything has arrived. */
  #closed(): void {
    if (this.destroyed || (this.readableEnded && this.writableFinished)) return;
    if (this.#frames?.partial === true) this.destroy(frameError('The connection was closed inside a protected frame.'));
    else if ((this.#socket as Duplex).readableEnded) return;
    else this.destroy();
  }
}
