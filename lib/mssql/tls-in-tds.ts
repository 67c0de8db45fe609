import { Duplex } from 'node:stream';
import { TdsMessageParser, packetType, packets } from '../wire/tds/packets';
import type { Socket } from 'node:net';

/** More than any flight of a TLS handshake. */
const largestFlight = 128 * 1024;

/**
 * What TLS inside of TDS runs on ([MS-TDS], 2.2.6.5): the flights of its handshake travel in PRELOGIN messages, its records
 * after the handshake as they are. Bytes of the server are fed by whoever reads the socket.
 */
export class TlsInTds extends Duplex {
  readonly #socket: Socket;
  readonly #parser = new TdsMessageParser(largestFlight);
  #wrapping = true;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  /** @throws {WireError} for packets that cannot be read. */
  feed(chunk: Buffer): void {
    if (!this.#wrapping) {
      this.#give(chunk);
      return;
    }
    this.#parser.push(chunk);
    for (let flight = this.#parser.next(); flight !== undefined; flight = this.#parser.next()) {
      this.#give(flight.payload);
    }
  }

  /** The handshake is over. */
  unwrap(): void {
    this.#wrapping = false;
    const rest = this.#parser.takeRest();
    if (rest.length > 0) this.#give(rest);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const pieces = this.#wrapping ? packets(packetType.prelogin, chunk) : [chunk];
    const last = pieces.pop() as Buffer;
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.write(last, callback);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', callback);
  }

  #give(bytes: Buffer): void {
    if (!this.push(bytes)) this.#socket.pause();
  }
}
