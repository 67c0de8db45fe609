import tls from 'node:tls';
import { Duplex } from 'node:stream';
import { ByteQueue } from './byte-queue';
import type net from 'node:net';

/** The server's certificate. */
export interface Certificate {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

interface Message {
  readonly type: number;
  readonly payload: Buffer;
  /** The sizes of its packets. */
  readonly packets: readonly number[];
  /** The client gave the message up (attention during a request). */
  readonly ignored: boolean;
  /** The client asks to reset the session first. */
  readonly reset: boolean;
}

export const packetTypes = {
  batch: 0x01,
  rpc: 0x03,
  reply: 0x04,
  attention: 0x06,
  transaction: 0x0e,
  login7: 0x10,
  sspi: 0x11,
  prelogin: 0x12,
} as const;

/** The server's end of a connection: TCP, TLS inside of TDS or before it, and packets. Everything strictly, as SQL Server. */
export class Channel {
  readonly #socket: net.Socket;
  readonly #raw = new ByteQueue();
  #plain: ByteQueue | undefined;
  #tls: tls.TLSSocket | undefined;
  #pipe: Duplex | undefined;
  /** Packets of another size are refused. */
  packetSize = 4096;
  /** Sends one byte a segment. */
  dribble = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#raw.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#raw.end();
      this.#plain?.end();
    });
    socket.on('end', () => {
      this.#raw.end();
    });
  }

  get tls(): tls.TLSSocket | undefined {
    return this.#tls;
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.end();
  }

  async startTls(certificate: Certificate, wrapped: boolean, maxVersion: tls.SecureVersion): Promise<void> {
    let secure = false;
    // The last flight is written after OpenSSL says that the handshake is done.
    let wrapping = wrapped;
    const pipe = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, callback) => {
        if (wrapping) this.#writeRaw(packetOf(packetTypes.prelogin, chunk, true, 0), callback);
        else this.#writeRaw(chunk, callback);
      },
    });
    const options = { maxVersion, ...(!wrapped && { ALPNProtocols: ['tds/8.0'] }) };
    const secured = new tls.TLSSocket(pipe, { isServer: true, ...certificate, ...options });
    const plain = new ByteQueue();
    let failure: Error | undefined;
    secured.on('secure', () => {
      secure = true;
    });
    secured.on('error', (error) => {
      failure = error;
      plain.end();
      this.#socket.destroy();
    });
    secured.on('data', (chunk: Buffer) => {
      plain.push(chunk);
    });
    while (!secure) {
      await this.#raw.have(1);
      if (secure as boolean) break; // what has come is under TLS
      if (failure !== undefined) throw failure;
      pipe.push(wrapped ? (await this.#message(this.#raw)).payload : await this.#record());
      await new Promise(setImmediate);
    }
    wrapping = false;
    this.#tls = secured;
    this.#pipe = pipe;
    this.#plain = plain;
  }

  /** From now on in the clear. */
  stopTls(): void {
    if (this.#plain?.size !== 0) throw new Error('more than the first packet is inside of TLS');
    this.#plain = undefined;
  }

  get encrypted(): boolean {
    return this.#plain !== undefined;
  }

  /** @param afterFirstPacket called after the first packet */
  async message(afterFirstPacket?: () => void): Promise<Message> {
    return await this.#message({ take: (count) => this.#read(count) }, afterFirstPacket);
  }

  async send(payload: Buffer, type: number = packetTypes.reply): Promise<void> {
    const room = this.packetSize - 8;
    for (let at = 0, id = 1; at === 0 || at < payload.length; at += room, id += 1) {
      await this.write(packetOf(type, payload.subarray(at, at + room), at + room >= payload.length, id));
    }
  }

  async write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.once('close', done);
      if (this.#plain === undefined) this.#writeRaw(bytes, done);
      else this.#tls?.write(bytes, done);
    });
  }

  async writePlain(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#socket.write(bytes, () => {
        resolve();
      }),
    );
  }

  #writeRaw(bytes: Buffer, callback: () => void): void {
    if (!this.dribble) {
      this.#socket.write(bytes, callback);
      return;
    }
    for (const byte of bytes.subarray(0, -1)) this.#socket.write(Buffer.from([byte]));
    this.#socket.write(bytes.subarray(-1), callback);
  }

  async #read(count: number): Promise<Buffer> {
    const plain = this.#plain;
    if (plain === undefined) return await this.#raw.take(count);
    while (plain.size < count) {
      // Exactly one record, so that nothing in the clear after it is swallowed.
      this.#pipe?.push(await this.#record());
      await new Promise(setImmediate);
    }
    return await plain.take(count);
  }

  async #record(): Promise<Buffer> {
    const header = await this.#raw.take(5);
    const type = header[0] as number;
    if (type < 20 || type > 24) throw new Error(`not a TLS record: ${header.toString('hex')}`);
    return Buffer.concat([header, await this.#raw.take(header.readUInt16BE(3))]);
  }

  async #message(source: { take(count: number): Promise<Buffer> }, afterFirstPacket?: () => void): Promise<Message> {
    const parts: Buffer[] = [];
    const sizes: number[] = [];
    let reset = false;
    for (;;) {
      const header = await source.take(8);
      const length = header.readUInt16BE(2);
      const [type = 0, status = 0] = header;
      if (length < 8 || length > this.packetSize) {
        throw new Error(`a packet of ${length} bytes where ${this.packetSize} are agreed`);
      }
      parts.push(await source.take(length - 8));
      sizes.push(length);
      if (sizes.length === 1) afterFirstPacket?.();
      reset ||= (status & 0x08) !== 0;
      if ((status & 1) !== 0) {
        return { type, payload: Buffer.concat(parts), packets: sizes, ignored: (status & 2) !== 0, reset };
      }
    }
  }
}

export function packetOf(type: number, part: Buffer, last: boolean, id: number): Buffer {
  const header = Buffer.from([type, last ? 1 : 0, 0, 0, 0, 51, id & 0xff, 0]);
  header.writeUInt16BE(8 + part.length, 2);
  return Buffer.concat([header, part]);
}
