/** Where the body of an HTTP/1.1 message ends (RFC 9112, section 6). */
import { WireError } from './wire-error';
import { fieldValues, hasMember, type RequestHead, type ResponseHead } from './http-head';

/** How the length of a body is told. */
export type Framing = { readonly by: 'length'; readonly length: number } | { readonly by: 'chunks' | 'close' };

const none: Framing = { by: 'length', length: 0 };

/** The longest line with the size of a chunk, extensions included. */
const sizeLineLimit = 1024;
/** The longest trailer. */
const trailerLimit = 16_384;

/** @throws WireError for contradictory lengths. */
export function framingOfRequest(head: RequestHead): Framing {
  if (fieldValues(head, 'transfer-encoding').length > 0) {
    if (!hasMember(head, 'transfer-encoding', 'chunked'))
      throw new WireError('the request has a body of unknown length');
    return { by: 'chunks' };
  }
  return byLength(fieldValues(head, 'content-length')) ?? none;
}

/**
 * @param method That of the request.
 * @throws WireError for contradictory lengths.
 */
export function framingOfResponse(head: ResponseHead, method: string): Framing {
  const { status } = head;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  const encodings = fieldValues(head, 'transfer-encoding');
  if (encodings.length > 0) {
    const last = encodings.join(',').split(',').at(-1)?.trim().toLowerCase();
    return { by: last === 'chunked' ? 'chunks' : 'close' };
  }
  return byLength(fieldValues(head, 'content-length')) ?? { by: 'close' };
}

function byLength(values: readonly string[]): Framing | undefined {
  const [first, ...others] = new Set(values.flatMap((value) => value.split(',').map((each) => each.trim())));
  if (first === undefined) return undefined;
  const length = Number(first);
  if (others.length > 0 || !/^\d+$/.test(first) || !Number.isSafeInteger(length)) {
    throw new WireError('the message has contradictory lengths');
  }
  return { by: 'length', length };
}

type ChunkState = 'size' | 'data' | 'data-end' | 'trailer';

/** Follows the bytes of one body to its end. */
export class BodyReader {
  readonly #by: Framing['by'];
  #left: number;
  #state: ChunkState = 'size';
  #line = '';
  #trailer = 0;
  #done: boolean;

  constructor(framing: Framing) {
    this.#by = framing.by;
    this.#left = framing.by === 'length' ? framing.length : 0;
    this.#done = framing.by === 'length' && framing.length === 0;
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * @returns How many of the bytes belong to the body, its chunk sizes included.
   * @throws WireError for chunks that cannot be read.
   */
  take(bytes: Buffer): number {
    if (this.#done) return 0;
    if (this.#by === 'close') return bytes.length;
    if (this.#by === 'chunks') return this.#chunks(bytes);
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    this.#done = this.#left === 0;
    return taken;
  }

  /** The connection has ended. @throws WireError if the body has not. */
  end(): void {
    if (!this.#done && this.#by !== 'close') throw new WireError('the connection ended inside a message');
    this.#done = true;
  }

  #chunks(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.#done) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const end = bytes.indexOf(0x0a, at);
      const stop = end < 0 ? bytes.length : end + 1;
      this.#line += bytes.toString('latin1', at, stop);
      if (this.#line.length > (this.#state === 'trailer' ? trailerLimit : sizeLineLimit)) {
        throw new WireError('a chunk of the message cannot be read');
      }
      at = stop;
      if (end >= 0) this.#lineEnded();
    }
    return at;
  }

  #lineEnded(): void {
    const line = this.#line.replace(/\r?\n$/, '');
    this.#line = '';
    if (this.#state === 'size') {
      const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
      if (digits === undefined) throw new WireError('a chunk of the message cannot be read');
      this.#left = Number.parseInt(digits, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    } else if (this.#state === 'data-end') {
      if (line !== '') throw new WireError('a chunk of the message cannot be read');
      this.#state = 'size';
    } else if (line === '') {
      this.#done = true;
    } else if ((this.#trailer += line.length) > trailerLimit) {
      throw new WireError('the trailer of the message is too long');
    }
  }
}
