import { connectionError, encryptionError, nameOf, protocolError } from './errors';
import { TdsMessageParser, loginPacketSize, packetType, packets, type TdsMessage } from '../wire/tds/packets';
import { TlsInTds } from './tls-in-tds';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The most that a server may say in one message before it has let anybody in, in bytes. */
const largestReply = 256 * 1024;

/** The largest TLS record, in bytes (RFC 8446, section 5.1). */
const largestRecord = 16_384;

/** Where the bytes of an open connection go. */
export interface Receiver {
  data(chunk: Buffer): void;
  end(): void;
  /** The connection is closed; with the failure if that is why. */
  closed(failure: Error | undefined): void;
}

/** The connection to the server, on TCP or TLS: messages of TDS until the login is over, bytes after it. */
export class ServerConnection {
  readonly socket: Socket;
  #tls: TLSSocket | undefined;
  #wrapped: TlsInTds | undefined;
  /** What is read and written. */
  #stream: Socket;
  /** The TLS that protects the first packet of LOGIN7 only, before that packet ([MS-TDS], 2.2.6.5). */
  #firstPacket: TLSSocket | undefined;
  /** Where bytes of the socket go. */
  #take = (chunk: Buffer): void => {
    this.#plain(chunk);
  };
  readonly #parser = new TdsMessageParser(largestReply);
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #ended = false;
  #receiver: Receiver | undefined;

  /** @param socket connected */
  constructor(socket: Socket) {
    this.socket = socket;
    this.#stream = socket;
    socket.on('error', (error) => {
      this.destroy(this.#receiver === undefined ? lost(error) : error);
    });
    socket.once('close', () => {
      this.#wrapped?.destroy();
      this.#end();
    });
    this.#closesWith(socket);
  }

  /** TLS, if there is any. */
  get tls(): TLSSocket | undefined {
    return this.#tls;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Reads the socket itself, which TLS does not take over. */
  readSocket(): void {
    this.socket.on('data', (chunk: Buffer) => {
      try {
        this.#take(chunk);
      } catch (error) {
        this.destroy(protocolError((error as Error).message, error));
      }
    });
    this.socket.once('end', () => {
      if (this.#wrapped === undefined) this.#end();
      else this.#wrapped.push(null);
    });
  }

  /** What TLS inside of TDS runs on. */
  wrapTls(): TlsInTds {
    const wrapped = new TlsInTds(this.socket);
    wrapped.on('error', (error) => {
      this.destroy(lost(error));
    });
    this.#wrapped = wrapped;
    this.#take = (chunk) => {
      wrapped.feed(chunk);
    };
    return wrapped;
  }

  /** Waits for the TLS handshake. @param firstPacket TLS protects the first packet of LOGIN7 only. */
  async secure(tls: TLSSocket, firstPacket: boolean): Promise<void> {
    this.#tls = tls;
    let secured = false;
    tls.on('error', (error: NodeJS.ErrnoException) => {
      this.destroy(this.#receiver === undefined ? notSecured(error) : error);
    });
    tls.once('secureConnect', () => {
      secured = true;
      this.#wrapped?.unwrap();
      if (firstPacket) {
        // What comes from now on answers LOGIN7, in the clear.
        this.#wrapped = undefined;
        this.#take = (chunk) => {
          this.#plain(chunk);
        };
      }
      this.#wake?.();
    });
    if (!firstPacket) this.#closesWith(tls);
    while (!secured) await this.#news();
    tls.disableRenegotiation(); // tls-unique is that of the first handshake
    if (firstPacket) {
      this.#firstPacket = tls;
    } else {
      this.#stream = tls;
      tls.on('data', (chunk: Buffer) => {
        try {
          this.#plain(chunk);
        } catch (error) {
          this.destroy(protocolError((error as Error).message, error));
        }
      });
      tls.once('end', () => {
        this.#end();
      });
    }
    this.setFragment(loginPacketSize);
  }

  /** One TLS record for each packet, which servers expect. */
  setFragment(packetSize: number): void {
    this.#tls?.setMaxSendFragment(Math.min(packetSize, largestRecord));
  }

  /** True if the server has said more than it was asked. */
  get hasSurplus(): boolean {
    return this.#parser.partial;
  }

  async message(): Promise<TdsMessage> {
    for (;;) {
      let message: TdsMessage | undefined;
      try {
        message = this.#parser.next();
      } catch (error) {
        throw protocolError((error as Error).message, error);
      }
      if (message !== undefined) return message;
      await this.#news();
    }
  }

  async write(type: number, payload: Uint8Array): Promise<void> {
    for (const packet of packets(type, payload)) {
      const firstPacket = type === packetType.login7 ? this.#firstPacket : undefined;
      // One at a time, so that each has a TLS record of its own.
      await written(firstPacket ?? this.#stream, packet);
      if (this.#failure !== undefined) throw this.#failure;
      if (firstPacket !== undefined) this.#firstPacket = undefined;
    }
  }

  /** The login is over: passes bytes from now on. */
  open(receiver: Receiver): void {
    const rest = this.#parser.takeRest();
    if (rest.length > 0) receiver.data(rest);
    if (this.#ended) receiver.end();
    this.#receiver = receiver;
    if (this.#stream.closed) receiver.closed(this.#failure);
  }

  /** Passes bytes to the server, and calls back when it takes more. */
  pass(chunk: Buffer, callback: () => void): void {
    if (this.#stream.write(chunk)) callback();
    else this.#stream.once('drain', callback);
  }

  passEnd(callback: () => void): void {
    if (this.#stream.destroyed) callback();
    else this.#stream.end(callback);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends it; what waits for the server fails with the error. */
  destroy(error?: Error): void {
    this.#failure ??= error;
    this.socket.destroy();
    this.#tls?.destroy();
    this.#wrapped?.destroy();
    this.#wake?.();
  }

  #plain(chunk: Buffer): void {
    if (this.#receiver !== undefined) {
      this.#receiver.data(chunk);
      return;
    }
    this.#parser.push(chunk);
    this.#wake?.();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#receiver?.end();
    this.#wake?.();
  }

  #closesWith(stream: Socket): void {
    stream.once('close', () => {
      if (stream === this.#stream) this.#receiver?.closed(this.#failure);
      this.#wake?.();
    });
  }

  /** Waits until something has happened; fails once nothing more can. */
  async #news(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended || this.socket.destroyed) throw lost();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function written(stream: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('close', done);
      resolve();
    };
    stream.once('close', done);
    stream.write(bytes, done);
  });
}

function lost(error?: Error): Error {
  const how = error === undefined ? 'closed the connection' : `broke the connection (${nameOf(error)})`;
  return connectionError(`The server ${how} before the login was over.`, error);
}

function notSecured(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ECONNRESET') return lost(error);
  return encryptionError(
    `TLS with the server could not be set up (${nameOf(error)}).`,
    'Let this machine trust the authority of the server’s certificate, or pass it as cryptoCredentialsDetails.ca; serverName is the name that the certificate has.',
    error,
  );
}
