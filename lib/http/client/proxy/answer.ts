import { BodyReader, framingOfResponse } from '../../../wire/http-body';
import { endsConnection, HeadCollector, parseResponseHead, type ResponseHead } from '../../../wire/http-head';
import { WireError } from '../../../wire/wire-error';
import { SspiError } from '../../../index';
import { abortedError } from './connect';
import type { Socket } from 'node:net';

/** A proxy's answer to CONNECT, read to its end. */
export interface ConnectAnswer {
  readonly head: ResponseHead;
  /** Another request may follow on the connection. */
  readonly reusable: boolean;
}

/** Options of {@link readAnswer}. */
export interface ReadingOptions {
  /** The proxy, for messages. */
  readonly origin: string;
  /** How long the answer may take, in milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** As much as the largest tokens need, with fields that proxies add. */
const headLimit = 256 * 1024;
/** Pages that proxies send with a refusal have a few KiB; this client reads and discards them. */
const bodyLimit = 256 * 1024;
const interimLimit = 10;

/**
 * Reads the answer to CONNECT by hand, because node:http gives the connection away at the first one, even with 407. The socket has
 * no listener of this function afterwards, and nothing is left in its buffer.
 *
 * A success has no body, whatever its fields say (RFC 9110, section 9.3.6), and after it the first bytes are the client's.
 * @throws {SspiError} ERR_SSPI_BAD_ANSWER, ERR_SSPI_CONNECTION_LOST, ERR_SSPI_PEER_TIMEOUT, ERR_SSPI_ABORTED; the socket is then of
 * no more use.
 */
export function readAnswer(socket: Socket, { origin, timeout, signal }: ReadingOptions): Promise<ConnectAnswer> {
  const reading = new Reading(origin);
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const onReadable = (): void => {
      try {
        for (let bytes = read(socket); bytes !== undefined; bytes = read(socket)) reading.take(bytes);
      } catch (error) {
        fail(reading.problem(error));
        return;
      }
      if (reading.answer === undefined) return;
      // What came in the same breath is seen now; later bytes meet TLS, which expects a ServerHello.
      setImmediate(() => {
        const { answer } = reading;
        if (read(socket) !== undefined) fail(reading.tooMuch());
        else end(() => resolve(answer as ConnectAnswer));
      });
    };
    const onEnd = (): void => {
      if (reading.answer === undefined) fail(reading.lost());
    };
    const onError = (cause: Error): void => {
      if (reading.answer === undefined) fail(reading.lost(cause));
    };
    const onAbort = (): void => fail(abortedError(signal as AbortSignal));
    const timer = setTimeout(() => {
      const message = `The proxy ${origin} did not answer within ${timeout} ms.`;
      fail(new SspiError({ code: 'ERR_SSPI_PEER_TIMEOUT', message }));
    }, timeout);
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else if (socket.destroyed || socket.readableEnded) onEnd();
    else onReadable();
  });
}

const read = (socket: Socket): Buffer | undefined => (socket.read() as Buffer | null) ?? undefined;

/** What has been read of one answer. */
class Reading {
  answer: ConnectAnswer | undefined;
  readonly #origin: string;
  readonly #collector = new HeadCollector(headLimit);
  #head: ResponseHead | undefined;
  #body: BodyReader | undefined;
  #bodyLength = 0;
  #interim = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  take(bytes: Buffer): void {
    if (this.answer !== undefined) throw this.tooMuch();
    if (this.#body !== undefined) {
      this.#takeBody(bytes);
      return;
    }
    this.#refuseGarbage(bytes);
    const taken = this.#collector.take(bytes);
    if (taken === undefined) return;
    const head = parseResponseHead(taken.head);
    if (head.status < 200) {
      if (head.status === 101 || ++this.#interim > interimLimit) throw new WireError('it does not answer CONNECT');
    } else if (head.status < 300) {
      this.answer = { head, reusable: true };
    } else {
      this.#begin(head);
    }
    if (taken.rest.length > 0) this.take(taken.rest);
  }

  /** The error for what `take` threw. */
  problem(error: unknown): unknown {
    if (!(error instanceof WireError)) return error;
    return badAnswer(`The answer of the proxy ${this.#origin} cannot be used: ${error.message}.`);
  }

  tooMuch(): SspiError {
    return badAnswer(
      this.#head === undefined
        ? `The proxy ${this.#origin} sent bytes through the tunnel before the client did.`
        : `The proxy ${this.#origin} sent bytes that belong to no answer.`,
    );
  }

  lost(cause?: Error): SspiError {
    return new SspiError({
      code: 'ERR_SSPI_CONNECTION_LOST',
      message: `The proxy ${this.#origin} closed the connection instead of answering CONNECT.`,
      ...(cause !== undefined && { cause }),
    });
  }

  #begin(head: ResponseHead): void {
    this.#head = head;
    const framing = framingOfResponse(head, 'CONNECT');
    if (framing.by === 'close') {
      // Nothing else can follow, so its body need not be read.
      this.answer = { head, reusable: false };
      return;
    }
    if (framing.by === 'length' && framing.length > bodyLimit) throw tooLong();
    this.#body = new BodyReader(framing);
    this.#endBody();
  }

  #takeBody(bytes: Buffer): void {
    const body = this.#body as BodyReader;
    const taken = body.take(bytes);
    this.#bodyLength += taken;
    if (this.#bodyLength > bodyLimit) throw tooLong();
    this.#endBody();
    if (taken < bytes.length) throw this.tooMuch();
  }

  #endBody(): void {
    const head = this.#head as ResponseHead;
    if ((this.#body as BodyReader).done) this.answer = { head, reusable: !endsConnection(head) };
  }

  /** Whoever speaks another protocol need not end its first line. */
  #refuseGarbage(bytes: Buffer): void {
    if (this.#collector.begun) return;
    const start = bytes.toString('latin1', 0, protocol.length);
    if (!protocol.startsWith(start)) throw new WireError('it does not begin with a status line of HTTP/1.1');
  }
}

const protocol = 'HTTP/1.';
const tooLong = (): WireError => new WireError(`its body is longer than ${bodyLimit} bytes`);
const badAnswer = (message: string): SspiError => new SspiError({ code: 'ERR_SSPI_BAD_ANSWER', message });
