/** Reads answers during a sign-on: their heads, and the bodies that nobody needs. */
import { BodyReader, framingOfResponse } from '../../../wire/http-body';
import { HeadCollector, parseResponseHead, type ResponseHead } from '../../../wire/http-head';
import { WireError } from '../../../wire/wire-error';

/** A Kerberos token has up to 64,000 characters; servers add cookies. */
const headLimit = 256 * 1024;
/** The longest body of a challenge that is read to its end, so that the connection can be kept. */
const drainLimit = 1024 * 1024;

/** The connection has ended. */
export class Ended extends Error {
  override readonly name = 'Ended';
}

export interface Answer {
  readonly head: ResponseHead;
  /** The head as it came, with its empty line. */
  readonly bytes: Buffer;
}

export class AnswerReader {
  #chunks: Buffer[] = [];
  #ended = false;
  #cause: Error | undefined;
  #wake: (() => void) | undefined;

  /** Bytes of the connection. */
  push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  end(cause?: Error): void {
    this.#ended = true;
    this.#cause ??= cause;
    this.#wake?.();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has come and was not read. */
  rest(): Buffer[] {
    return this.#chunks.splice(0);
  }

  /**
   * The next head.
   *
   * @param collected Bytes that have come are put back if they are no head of HTTP.
   * @throws WireError for bytes that are no head, which stay unread; Ended.
   */
  async head(): Promise<Answer> {
    const collector = new HeadCollector(headLimit);
    const all: Buffer[] = [];
    for (;;) {
      const bytes = await this.#next();
      all.push(bytes);
      try {
        const found = collector.take(bytes);
        if (found === undefined) {
          mustBeHttp(all);
          continue;
        }
        const head = parseResponseHead(found.head);
        if (found.rest.length > 0) this.#chunks.unshift(found.rest);
        return { head, bytes: Buffer.concat([found.head, Buffer.from('\r\n\r\n')]) };
      } catch (error) {
        this.#chunks.unshift(...all);
        throw error;
      }
    }
  }

  /** Reads a body to its end and forgets it. @throws WireError for a body that is too long or cannot be read; Ended. */
  async drain(head: ResponseHead, method: string): Promise<void> {
    const body = new BodyReader(framingOfResponse(head, method));
    let drained = 0;
    while (!body.done) {
      const bytes = await this.#next();
      const taken = body.take(bytes);
      if (taken < bytes.length) this.#chunks.unshift(bytes.subarray(taken));
      if ((drained += taken) > drainLimit)
        throw new WireError(`the body of a challenge has more than ${drainLimit} bytes`);
    }
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#chunks.shift();
      if (bytes !== undefined) return bytes;
      if (this.#ended) throw new Ended('The connection ended.', { cause: this.#cause });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

/** Garbage without an end would otherwise be collected up to the limit. */
function mustBeHttp(chunks: readonly Buffer[]): void {
  const begin = Buffer.concat(chunks).toString('latin1', 0, 5);
  if (!'HTTP/'.startsWith(begin)) throw new WireError('the answer does not begin with a status line of HTTP/1.1');
}
