/** What clients use of a socket besides its bytes. */
import { Duplex } from 'node:stream';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * A stream that looks like the connection under it, which may be opened later and may be replaced. Methods of TLS are there for
 * a connection of TLS only.
 */
export abstract class SocketFacade extends Duplex {
  #under: Socket | undefined;
  #timeout = 0;
  #timer: NodeJS.Timeout | undefined;
  #referenced = true;
  #noDelay: boolean | undefined;
  #keepAlive: readonly [boolean | undefined, number | undefined] | undefined;
  readonly #onTimeout = (): void => void this.emit('timeout');

  /** The connection is open. */
  protected rest(under: Duplex): void {
    const socket = under as unknown as Socket;
    this.#under = socket;
    clearTimeout(this.#timer);
    // A tunnel need not be a socket.
    if (typeof socket.setTimeout === 'function') {
      socket.setTimeout(this.#timeout);
      socket.on('timeout', this.#onTimeout);
    }
    if (!this.#referenced) this.unref();
    if (this.#noDelay !== undefined) this.setNoDelay(this.#noDelay);
    if (this.#keepAlive !== undefined) this.setKeepAlive(...this.#keepAlive);
  }

  /** The connection is given up. */
  protected leave(): void {
    this.#under?.removeListener('timeout', this.#onTimeout);
    this.#under = undefined;
  }

  protected stopTimer(): void {
    clearTimeout(this.#timer);
  }

  get connecting(): boolean {
    return this.#under === undefined && !this.destroyed;
  }

  get pending(): boolean {
    return this.#under === undefined;
  }

  get readyState(): string {
    return this.#under === undefined ? (this.destroyed ? 'closed' : 'opening') : this.#under.readyState;
  }

  get timeout(): number {
    return this.#timeout;
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.#timeout = milliseconds;
    clearTimeout(this.#timer);
    if (callback !== undefined) {
      if (milliseconds === 0) this.removeListener('timeout', callback);
      else this.once('timeout', callback);
    }
    const under = this.#under;
    if (under === undefined) {
      if (milliseconds > 0) this.#timer = setTimeout(this.#onTimeout, milliseconds).unref();
    } else if (typeof under.setTimeout === 'function') {
      under.setTimeout(milliseconds);
    }
    return this;
  }

  setNoDelay(on?: boolean): this {
    this.#noDelay = on ?? true;
    this.#under?.setNoDelay?.(this.#noDelay);
    return this;
  }

  setKeepAlive(on?: boolean, delay?: number): this {
    this.#keepAlive = [on, delay];
    this.#under?.setKeepAlive?.(on, delay);
    return this;
  }

  ref(): this {
    this.#referenced = true;
    this.#under?.ref?.();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#under?.unref?.();
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  address(): AddressInfo | object {
    return this.#under?.address() ?? {};
  }

  get remoteAddress(): string | undefined {
    return this.#under?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#under?.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#under?.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.#under?.localAddress;
  }

  get localPort(): number | undefined {
    return this.#under?.localPort;
  }

  get bytesRead(): number {
    return this.#under?.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this.#under?.bytesWritten ?? 0;
  }

  get #tls(): Partial<TLSSocket> {
    return (this.#under ?? {}) as Partial<TLSSocket>;
  }

  get encrypted(): true | undefined {
    return this.#tls.encrypted;
  }

  get authorized(): boolean | undefined {
    return this.#tls.authorized;
  }

  get authorizationError(): Error | string | undefined {
    return this.#tls.authorizationError;
  }

  get alpnProtocol(): string | false | null | undefined {
    return this.#tls.alpnProtocol;
  }

  get servername(): string | false | null | undefined {
    return (this.#tls as { readonly servername?: string | false | null }).servername;
  }

  getPeerCertificate(detailed?: boolean): object | undefined {
    return detailed === true ? this.#tls.getPeerCertificate?.(true) : this.#tls.getPeerCertificate?.();
  }

  getPeerX509Certificate(): ReturnType<TLSSocket['getPeerX509Certificate']> {
    return this.#tls.getPeerX509Certificate?.();
  }

  getCipher(): object | undefined {
    return this.#tls.getCipher?.();
  }

  getProtocol(): string | null | undefined {
    return this.#tls.getProtocol?.();
  }

  getSession(): Buffer | undefined {
    return this.#tls.getSession?.();
  }

  isSessionReused(): boolean {
    return this.#tls.isSessionReused?.() ?? false;
  }
}
