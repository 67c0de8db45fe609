/** The stream between a client of HTTP and its connection: it answers challenges, and passes everything else. */
import { AnswerReader } from './answer-reader';
import { exchange, type ExchangeHost, type Line } from './exchange';
import { HeadCollector } from '../../../wire/http-head';
import { OutgoingRequest } from './outgoing-request';
import { Party, type PartyRules } from './party';
import { SocketFacade } from './socket-facade';
import { WireError } from '../../../wire/wire-error';
import type { CredentialSource } from '../credentials';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** An open connection. */
export interface Opened {
  readonly socket: Duplex;
  /** The connection as one of TLS to the server, which tokens are bound to. */
  readonly tls?: TLSSocket | undefined;
  /** The proxy at its end that takes requests for other servers. */
  readonly proxy?: PartyRules | undefined;
}

export interface SignOnStreamOptions {
  /** Opens a connection; it is called again when the server closes one before the sign-on. */
  readonly open: (signal: AbortSignal) => Promise<Opened>;
  readonly server?: PartyRules | undefined;
  /** The server's origin. */
  readonly origin: string;
  readonly credentials: CredentialSource;
  readonly handshakeTimeout: number;
}

type Done = (error?: Error | null) => void;

/** The longest head of a request. */
const headLimit = 1024 * 1024;
const statusAt = 9;
const statusEnd = 12;
/** A head without a body, as clients write it at once. */
const hasBody = /\r\n(?:content-length|transfer-encoding|expect):/i;

export class SignOnStream extends SocketFacade {
  readonly #options: SignOnStreamOptions;
  readonly #abort = new AbortController();
  readonly #head = new HeadCollector(headLimit);
  #parties: Party[] = [];
  #absolute: string | undefined;
  #line: Line | undefined;
  #opening: Promise<Line> | undefined;
  #request: OutgoingRequest | undefined;
  /** A head that was sent as it was, on a connection that has signed on. */
  #passed: string | undefined;
  /** Where bytes of the connection go. */
  #reading: 'pass' | 'answer' | 'first-bytes' = 'pass';
  #exchanging = false;
  /** The client has written: what a server sends before that waits, or the client would take it for its answer unseen. */
  #begun = false;
  #upgraded = false;
  /** The connection has ended, and the client has been told. */
  #over = false;

  constructor(options: SignOnStreamOptions) {
    super({ allowHalfOpen: false, decodeStrings: false });
    this.#options = options;
    this.#opening = this.#open();
    this.#opening.then(
      () => undefined,
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    const line = this.#line;
    if (!this.#begun) {
      this.#begun = true;
      line?.socket.resume();
    }
    if (line !== undefined && this.#passes(line, chunk, encoding, done)) return;
    try {
      this.#take(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    const socket = this.#line?.socket;
    socket?.cork();
    let left = chunks.length;
    let failure: Error | null | undefined;
    const one: Done = (error) => {
      failure ??= error;
      if (--left === 0) done(failure);
    };
    for (const { chunk, encoding } of chunks) this._write(chunk, encoding, one);
    socket?.uncork();
  }

  override _final(done: Done): void {
    const line = this.#line;
    if (line === undefined || line.socket.destroyed || this.#exchanging) done();
    else line.socket.end(() => done());
  }

  override _read(): void {
    if (this.#begun) this.#line?.socket.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.stopTimer();
    this.#abort.abort(error ?? undefined);
    this.#line?.socket.destroy();
    this.#line?.answers.end(error ?? undefined);
    for (const party of this.#parties) party.end();
    done(error);
  }

  /** What goes through without a look: after an upgrade, and a request without a body on a connection that has signed on. */
  #passes(line: Line, chunk: Buffer | string, encoding: BufferEncoding, done: Done): boolean {
    if (this.#upgraded) {
      line.socket.write(chunk, encoding, done);
      return true;
    }
    if (typeof chunk !== 'string' || this.#exchanging || this.#head.begun || this.#absolute !== undefined) return false;
    if (this.#request?.body.complete === false || !chunk.endsWith('\r\n\r\n') || hasBody.test(chunk)) return false;
    for (const party of this.#parties) if (party.standing !== 'connection') return false;
    this.#request = undefined;
    this.#passed = chunk;
    this.#reading = 'first-bytes';
    line.socket.write(chunk, encoding, done);
    return true;
  }

  #take(bytes: Buffer, done: Done): void {
    let rest = bytes;
    if (this.#request === undefined || this.#request.body.complete) {
      const found = this.#head.take(bytes);
      if (found === undefined) {
        done();
        return;
      }
      if (this.#exchanging) throw new WireError('the client sent another request before the answer to this one');
      this.#request = new OutgoingRequest(found.head);
      this.#passed = undefined;
      rest = found.rest;
      this.#exchange(this.#request, false);
    }
    this.#request.body.write(rest, done);
  }

  #exchange(request: OutgoingRequest, sent: boolean): void {
    this.#exchanging = true;
    this.#reading = 'answer';
    exchange(this.#host(), request, sent).then(
      () => {
        this.#exchanging = false;
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }

  #host(): ExchangeHost {
    return {
      parties: this.#parties,
      absolute: () => this.#absolute,
      signal: this.#abort.signal,
      handshakeTimeout: this.#options.handshakeTimeout,
      line: () => Promise.resolve(this.#line ?? (this.#opening as Promise<Line>)),
      reopen: () => this.#reopen(),
      inform: (bytes) => void this.push(bytes),
      handOn: (bytes) => this.#handOn(bytes),
    };
  }

  #handOn(bytes: Buffer): void {
    this.#reading = 'pass';
    this.#exchanging = false;
    if (this.#line !== undefined) this.#line.used = true;
    if (bytes.toString('latin1', statusAt, statusEnd) === '101') this.#upgraded = true;
    if (bytes.length > 0) this.push(bytes);
    for (const rest of this.#line?.answers.rest() ?? []) this.push(rest);
    if (this.#line?.answers.ended === true) this.#ended();
  }

  #ended(): void {
    this.#over = true;
    this.push(null);
  }

  async #reopen(): Promise<Line> {
    const line = this.#line;
    this.#line = undefined;
    this.leave();
    line?.socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    line?.socket.destroy();
    for (const party of this.#parties) party.reset();
    return (this.#opening = this.#open());
  }

  async #open(): Promise<Line> {
    const { socket, tls, proxy } = await this.#options.open(this.#abort.signal);
    if (this.destroyed) {
      socket.destroy();
      throw new Error('The stream was destroyed.');
    }
    this.#meet(proxy);
    const answers = new AnswerReader();
    const line: Line = { socket, tls, answers, used: false };
    this.#line = line;
    this.rest(socket);
    if (!this.#begun) socket.pause();
    socket.on('data', (bytes: Buffer) => this.#came(line, bytes));
    socket.on('end', () => {
      if (this.#reading === 'answer') answers.end();
      else this.#ended();
    });
    socket.on('error', (error) => {
      if (this.#reading === 'answer') answers.end(error);
      else this.destroy(error);
    });
    socket.on('close', () => {
      if (this.#reading === 'answer') answers.end();
      else if (!this.#over) this.destroy();
    });
    this.emit('connect');
    this.emit('ready');
    if (tls !== undefined) this.emit('secureConnect');
    return line;
  }

  /** Which proxy is at the end is known only now. */
  #meet(proxy: PartyRules | undefined): void {
    const { server, credentials, origin } = this.#options;
    this.#absolute = proxy === undefined ? undefined : origin;
    if (this.#parties.length > 0) return;
    for (const rules of [server, proxy]) if (rules !== undefined) this.#parties.push(new Party(rules, credentials));
  }

  #came(line: Line, bytes: Buffer): void {
    if (this.#reading === 'first-bytes') {
      const passed = this.#passed;
      if (passed !== undefined && isChallengeOrPartial(bytes)) {
        this.#request = new OutgoingRequest(Buffer.from(passed.slice(0, -4), 'latin1'));
        this.#exchange(this.#request, true);
      } else {
        this.#reading = 'pass';
      }
    }
    if (this.#reading === 'answer') line.answers.push(bytes);
    else if (!this.push(bytes)) line.socket.pause();
  }
}

/** Is this anything but the beginning of a final answer without a challenge? */
function isChallengeOrPartial(bytes: Buffer): boolean {
  if (bytes.length < statusEnd) return true;
  const hundreds = bytes[statusAt];
  if (hundreds === 0x31) return true; // 1xx
  if (hundreds !== 0x34) return false; // 4xx
  const status = bytes.toString('latin1', statusAt, statusEnd);
  return status === '401' || status === '407';
}
