import { InspectError } from './error';
import type { InspectErrorCode, Problem } from './problem';
import type { DecodedFragment, DecodedToken } from './types';
import type { Hex, Masked } from './values';

/** How deeply tokens and structures may be nested. Real exchanges need about twelve levels. */
const maxDepth = 48;

/** How many structures and list items one input may hold in all. A long TLS flight has a few hundred. */
const maxItems = 20_000;

interface Level {
  readonly key: string | number;
  readonly node: object;
}

/**
 * Where in the result the decoders are. It gives an error its path, and links what was read so far into a partial result: a
 * structure is attached to its parent only when it is complete, and until then only here.
 */
export class DecodePath {
  readonly #levels: Level[] = [];
  #items = 0;
  #cut: Omit<Problem, 'code'> | undefined;

  /** Enters the structure that will be `key` of the current one. Every `enter` has its `leave`, except after an error. */
  enter<T extends object>(key: string | number, node: T): T {
    this.#levels.push({ key, node });
    this.#items += 1;
    return node;
  }

  leave(): void {
    this.#levels.pop();
  }

  count(): void {
    this.#items += 1;
  }

  /** The reason why another structure is not allowed, if there is one. */
  get exceeded(): string | undefined {
    if (this.#levels.length > maxDepth) return `nested deeper than ${maxDepth} levels`;
    if (this.#items > maxItems) return `more than ${maxItems} items`;
    return undefined;
  }

  path(field: string): string {
    let path = '';
    for (const { key } of this.#levels) path = join(path, key);
    return field === '' ? path : join(path, field);
  }

  /** True once the token is known to end inside a container. */
  get isCut(): boolean {
    return this.#cut !== undefined;
  }

  /** The token is too short for a container; the first one counts. */
  markCut(reason: string, offset: number, field: string): void {
    this.#cut ??= { reason, offset, path: this.path(field) };
  }

  /** Fails if the token is truncated, although all the fields that were read are complete. */
  checkCut(key: string, token: object | undefined): void {
    if (this.#cut === undefined) return;
    if (token !== undefined) this.enter(key, token);
    this.#throw({ code: 'ERR_SSPI_INSPECT_TRUNCATED', ...this.#cut });
  }

  fail(code: InspectErrorCode, reason: string, offset: number, field: string): never {
    this.#throw({ code, reason, offset, path: this.path(field) });
  }

  #throw(problem: Problem): never {
    const levels = this.#levels;
    const structures = levels.filter(({ node }) => !Array.isArray(node));
    const innermost = structures.at(-1)?.node as Record<string, unknown> | undefined;
    if (innermost !== undefined) innermost['problem'] = problem;
    for (let i = levels.length - 1; i > 0; i -= 1) {
      const { key, node } = levels[i] as Level;
      (levels[i - 1] as { node: Record<string | number, unknown> }).node[key] = node;
    }
    const root = levels[0]?.node;
    const partial = root !== undefined && 'kind' in root ? (root as DecodedFragment) : undefined;
    const { code, reason, offset, path } = problem;
    throw new InspectError(code, reason, offset, path, partial);
  }
}

/** The path of a field inside `path`. */
export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' || key === '' ? path + key : `${path}.${key}`;
}

/** Reads tokens of every family, for the decoders of tokens that hold others and know of one family only. */
export interface TokenReader {
  /** Reads the token at the cursor, up to the end of the cursor; undefined if it does not start like a token. */
  readToken(c: Cursor, key: string): DecodedToken | undefined;
  /** Reads a token inside another one; an unknown one is kept as opaque bytes. */
  readNested(c: Cursor, key: string, expected: Expected): DecodedToken;
}

/** What should be inside. If it is not a token, bytes count as one only if their length also matches. */
export type Expected = 'token' | 'signature' | 'anything';

/** One run of the decoders over one piece of bytes. */
export interface Reading {
  readonly bytes: Buffer;
  readonly reveal: boolean;
  readonly path: DecodePath;
  readonly tokens: TokenReader;
  /** Where a byte of `bytes` stands in the input, for bytes that were put together from several places of it. */
  readonly origin?: (offset: number) => number;
}

/** Reads forward through part of the bytes. Offsets are always those of the whole input. */
export class Cursor {
  readonly reading: Reading;
  readonly bytes: Buffer;
  position: number;
  readonly end: number;

  constructor(reading: Reading, position: number, end: number) {
    this.reading = reading;
    this.bytes = reading.bytes;
    this.position = position;
    this.end = end;
  }

  get left(): number {
    return this.end - this.position;
  }

  /** The next byte, unread; -1 at the end. */
  peek(ahead = 0): number {
    const at = this.position + ahead;
    return at < this.end ? (this.bytes[at] as number) : -1;
  }

  /** True when the unread bytes begin with `text` (one byte for each character). */
  startsWith(text: string): boolean {
    if (this.left < text.length) return false;
    for (let i = 0; i < text.length; i += 1) {
      if (this.bytes[this.position + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  u8(field: string): number {
    return this.bytes[this.#advance(1, field)] as number;
  }

  u16le(field: string): number {
    const at = this.#advance(2, field);
    return (this.bytes[at] as number) | ((this.bytes[at + 1] as number) << 8);
  }

  u32le(field: string): number {
    const at = this.#advance(4, field);
    const b = this.bytes;
    return (
      ((b[at] as number) |
        ((b[at + 1] as number) << 8) |
        ((b[at + 2] as number) << 16) |
        ((b[at + 3] as number) << 24)) >>>
      0
    );
  }

  u16be(field: string): number {
    const at = this.#advance(2, field);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u24be(field: string): number {
    const at = this.#advance(3, field);
    return ((this.bytes[at] as number) << 16) | ((this.bytes[at + 1] as number) << 8) | (this.bytes[at + 2] as number);
  }

  u32be(field: string): number {
    const high = this.u16be(field);
    return ((high << 16) | this.u16be(field)) >>> 0;
  }

  /** A 64-bit number in decimal digits. */
  u64be(field: string): string {
    return this.bytes.readBigUInt64BE(this.#advance(8, field)).toString();
  }

  u64le(field: string): string {
    return this.bytes.readBigUInt64LE(this.#advance(8, field)).toString();
  }

  skip(length: number, field: string): void {
    this.#advance(length, field);
  }

  /**
   * As `take`, for what has fields of its own. If the token is truncated inside it, it is read as far as possible: the error is
   * then at the incomplete field, and what precedes it is not lost.
   */
  container(length: number, field: string): Cursor {
    const at = this.position;
    if (length <= this.end - at || at + length <= this.bytes.length) return this.take(length, field);
    const { origin, path } = this.reading;
    path.markCut(this.#shortage(length, at), origin === undefined ? at : origin(at), field);
    this.position = this.end;
    return new Cursor(this.reading, at, this.end);
  }

  /** A cursor over the next `length` bytes; this one continues after them. */
  take(length: number, field: string): Cursor {
    const at = this.#advance(length, field);
    return new Cursor(this.reading, at, at + length);
  }

  hex(length: number, field: string): Hex {
    const at = this.#advance(length, field);
    return this.bytes.toString('hex', at, at + length);
  }

  latin1(length: number, field: string): string {
    const at = this.#advance(length, field);
    return this.bytes.toString('latin1', at, at + length);
  }

  /** Broken sequences become U+FFFD. */
  utf8(length: number, field: string): string {
    const at = this.#advance(length, field);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** UTF-16 in little-endian order; an unpaired surrogate is kept. */
  utf16le(length: number, field: string): string {
    const at = this.#advance(length, field);
    if (length % 2 !== 0) return this.malformed(`UTF-16 text of an odd number of bytes (${length})`, at, field);
    return this.bytes.toString('utf16le', at, at + length);
  }

  mask(length: number, field: string): Masked {
    const at = this.#advance(length, field);
    if (!this.reading.reveal) return { masked: true, length };
    return { masked: false, length, hex: this.bytes.toString('hex', at, at + length) };
  }

  /** The token that the cursor is over, as `key` of the current structure. */
  nested(key: string, expected: Expected = 'token'): DecodedToken {
    return this.reading.tokens.readNested(this, key, expected);
  }

  /** True when each of the next `length` bytes is zero. Reads nothing; bytes beyond the end do not count. */
  isZero(length: number): boolean {
    const stop = Math.min(this.position + length, this.end);
    for (let at = this.position; at < stop; at += 1) if (this.bytes[at] !== 0) return false;
    return true;
  }

  /** Goes into a structure of the result, within the limits of depth and number. */
  enter<T extends object>(key: string | number, node: T): T {
    const { path } = this.reading;
    path.enter(key, node);
    const exceeded = path.exceeded;
    if (exceeded !== undefined) this.fail('ERR_SSPI_INSPECT_LIMIT', exceeded, this.position, '');
    return node;
  }

  leave(): void {
    this.reading.path.leave();
  }

  /** Counts an item of a list that is no structure of its own. */
  item(field: string): void {
    const { path } = this.reading;
    path.count();
    const exceeded = path.exceeded;
    if (exceeded !== undefined) this.fail('ERR_SSPI_INSPECT_LIMIT', exceeded, this.position, field);
  }

  fail(code: InspectErrorCode, reason: string, offset: number, field: string): never {
    const { origin, path } = this.reading;
    return path.fail(code, reason, origin === undefined ? offset : origin(offset), field);
  }

  malformed(reason: string, offset = this.position, field = ''): never {
    // At the end of a token that is cut off, something else would have followed.
    const isCut = this.reading.path.isCut && offset >= this.bytes.length;
    return this.fail(isCut ? 'ERR_SSPI_INSPECT_TRUNCATED' : 'ERR_SSPI_INSPECT_MALFORMED', reason, offset, field);
  }

  /** `length` bytes at `offset` do not fit: the token is cut off, or a length inside it is too large. */
  overrun(length: number, offset: number, field: string): never {
    if (length > this.bytes.length - offset) {
      this.fail('ERR_SSPI_INSPECT_TRUNCATED', this.#shortage(length, offset), offset, field);
    }
    const reason = `needs ${count(length, 'byte')}, but its container has ${Math.max(this.end - offset, 0)} left`;
    return this.fail('ERR_SSPI_INSPECT_MALFORMED', reason, offset, field);
  }

  #shortage(length: number, offset: number): string {
    const left = Math.max(this.bytes.length - offset, 0);
    return `needs ${count(length, 'byte')}, but the token has ${left} left`;
  }

  #advance(length: number, field: string): number {
    const at = this.position;
    if (length > this.end - at) this.overrun(length, at, field);
    this.position = at + length;
    return at;
  }
}

export function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}
