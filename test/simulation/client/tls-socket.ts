/**
 * TLS without encryption: the client says whom it wants, and only the holder of that name can answer. That it cannot be read or
 * imitated on its way is a rule of this world: proxies pass it on and do not look into it.
 */
import { certificate } from '../../unit/http/certificate';
import { SimulatedSocket } from './simulated-socket';
import type { Duplex } from 'node:stream';

type Callback = (error?: Error | null) => void;

export class TlsSocket extends SimulatedSocket {
  readonly encrypted = true;
  readonly authorized = true;
  readonly alpnProtocol = 'http/1.1';
  readonly #under: Duplex;
  /** The line of the other side that makes it open. */
  readonly #expected: string;
  readonly #reply: string | undefined;
  #isOpen = false;
  #received = '';
  #waiting: (() => void) | undefined;

  static toServer(under: Duplex, name: string): TlsSocket {
    const socket = new TlsSocket(under, `server ${name}`);
    under.write(`client for ${name}\n`);
    return socket;
  }

  /** The side of a server that has this name's certificate. */
  static toClient(under: Duplex, name: string): TlsSocket {
    return new TlsSocket(under, `client for ${name}`, `server ${name}`);
  }

  private constructor(under: Duplex, expected: string, reply?: string) {
    super({ allowHalfOpen: reply !== undefined });
    this.#under = under;
    this.#expected = expected;
    this.#reply = reply;
    under.on('data', (bytes: Buffer) => this.#receive(bytes));
    under.on('end', () => {
      if (!this.#isOpen)
        return void this.destroy(
          Object.assign(new Error('The connection ended before TLS was set up'), { code: 'ECONNRESET' }),
        );
      this.push(null);
      this.read(0);
    });
    under.on('error', (error: Error) => this.destroy(error));
    under.on('close', () => {
      if (!this.readableEnded) this.destroy();
    });
  }

  getPeerCertificate(): object {
    return { raw: certificate.raw };
  }

  getCertificate(): object {
    return { raw: certificate.raw };
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Callback): void {
    if (this.#isOpen) this.#under.write(chunk, encoding, done);
    else this.#waiting = () => this._write(chunk, encoding, done);
  }

  override _final(done: Callback): void {
    this.#under.end();
    done();
  }

  override _destroy(error: Error | null, done: Callback): void {
    this.#under.destroy();
    done(error);
  }

  #receive(bytes: Buffer): void {
    if (this.#isOpen) return void this.push(bytes);
    this.#received += bytes.toString('latin1');
    const end = this.#received.indexOf('\n');
    if (end < 0 && this.#received.length < 1000) return;
    if (this.#received.slice(0, end) !== this.#expected) {
      return void this.destroy(Object.assign(new Error('This is no TLS'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }));
    }
    this.#isOpen = true;
    if (this.#reply !== undefined) this.#under.write(`${this.#reply}\n`);
    this.emit('secureConnect');
    const rest = Buffer.from(this.#received.slice(end + 1), 'latin1');
    if (rest.length > 0) this.push(rest);
    this.#waiting?.();
  }
}
