import net from 'node:net';
import { TdsMessageParser, loginPacketSize, packetType, packets } from '../wire/tds/packets';
import { connectionError, driverError } from './errors';
import { encodePrelogin, withoutEncryption, type PreloginOption } from '../wire/tds/prelogin';
import type { Login } from './login';
import type { ServerConnection } from './server-connection';

/** More than a driver's PRELOGIN and LOGIN7, in bytes. */
const largestRequest = 256 * 1024;

type Callback = (error?: Error | null) => void;

interface Parts {
  readonly connection: ServerConnection;
  readonly prelogin: readonly PreloginOption[];
  readonly login: Login;
  /** Called once the login is over. */
  readonly loggedIn: () => void;
  /** Called once, at the end. */
  readonly closed: () => void;
}

/**
 * The driver's socket. It plays the server until the login is over: it answers PRELOGIN, and LOGIN7 with the server's verdict.
 * From then on it passes bytes.
 */
export class SignOnSocket extends net.Socket {
  readonly #parts: Parts;
  readonly #requests = new TdsMessageParser(largestRequest);
  #stage: 'prelogin' | 'login7' | 'signing on' | 'open' = 'prelogin';
  #serverEnded = false;

  constructor(parts: Parts) {
    super({ allowHalfOpen: false });
    this.#parts = parts;
    const { socket } = parts.connection;
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = socket;
    for (const [name, value] of Object.entries({ remoteAddress, remotePort, remoteFamily, localAddress, localPort })) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true });
    }
    Object.defineProperty(this, 'pending', { value: false, configurable: true });
    // A driver that has given up no longer listens, and a late error must not end the process.
    this.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#stage !== 'open') this.destroy(parts.connection.failure ?? endedEarly());
    });
    if (socket.destroyed) this.destroy(parts.connection.failure ?? endedEarly());
  }

  override setKeepAlive(...settings: Parameters<net.Socket['setKeepAlive']>): this {
    this.#parts.connection.socket.setKeepAlive(...settings);
    return this;
  }

  override setNoDelay(noDelay?: boolean): this {
    this.#parts.connection.socket.setNoDelay(noDelay);
    return this;
  }

  override setTimeout(timeout: number, callback?: () => void): this {
    const { socket } = this.#parts.connection;
    socket.setTimeout(timeout, () => {
      this.emit('timeout');
    });
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  override ref(): this {
    this.#parts.connection.socket.ref();
    return this;
  }

  override unref(): this {
    this.#parts.connection.socket.unref();
    return this;
  }

  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- Node's own type
  override address(): ReturnType<net.Socket['address']> {
    return this.#parts.connection.socket.address();
  }

  override _read(): void {
    if (this.#stage === 'open') this.#parts.connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    if (this.#stage === 'open') this.#parts.connection.pass(chunk, callback);
    else
      this.#request(chunk).then(() => {
        callback();
      }, callback);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], callback: Callback): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', callback);
  }

  override _final(callback: Callback): void {
    this.#parts.connection.passEnd(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const { connection, login, closed } = this.#parts;
    login.dispose();
    connection.destroy(error ?? undefined);
    closed();
    super._destroy(error, callback);
  }

  /** What the driver says before the login is over: PRELOGIN, then LOGIN7. */
  async #request(chunk: Buffer): Promise<void> {
    try {
      this.#requests.push(chunk);
      for (let next = this.#requests.next(); next !== undefined; next = this.#requests.next()) {
        await this.#answer(next.type, next.payload);
      }
    } catch (error) {
      const { failure } = this.#parts.connection;
      if (failure !== undefined) throw failure;
      throw (error as Error).name === 'WireError' ? driverError((error as Error).message, error) : error;
    }
  }

  async #answer(type: number, payload: Buffer): Promise<void> {
    const { prelogin, login, loggedIn, connection } = this.#parts;
    if (this.#stage === 'prelogin' && type === packetType.prelogin) {
      this.#stage = 'login7';
      this.#reply(encodePrelogin(withoutEncryption(prelogin)));
      return;
    }
    if (this.#stage !== 'login7' || type !== packetType.login7) {
      throw driverError(`a message of type ${type} at the stage "${this.#stage}"`);
    }
    this.#stage = 'signing on';
    const { reply, packetSize } = await login.signOn(payload);
    if (this.destroyed) return;
    login.dispose();
    loggedIn();
    connection.setFragment(packetSize ?? loginPacketSize);
    this.#reply(reply);
    this.#open();
  }

  #open(): void {
    const { connection } = this.#parts;
    this.#stage = 'open';
    connection.open({
      data: (chunk) => {
        if (!this.push(chunk)) connection.pause();
      },
      end: () => {
        this.#serverEnded = true;
        this.push(null);
      },
      closed: (failure) => {
        // What the server said before it ended is still to be read.
        if (failure !== undefined || !this.#serverEnded) this.destroy(failure);
      },
    });
    const rest = this.#requests.takeRest();
    if (rest.length > 0) connection.pass(rest, () => undefined);
  }

  /** A whole message: tedious 19 waits for ever for the end of one that breaks off. */
  #reply(payload: Buffer): void {
    for (const packet of packets(packetType.reply, payload)) this.push(packet);
  }
}

const endedEarly = (): Error => connectionError('The server closed the connection before the login was over.');
