import { isUsual, readHeader } from './ber-header';
import { WireError } from './wire-error';

/**
 * The part of BER (ITU-T X.690) that LDAP and Kerberos requests need: definite lengths, tags of one byte. The output is DER.
 */

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  enumerated: 0x0a,
  generalizedTime: 0x18,
  generalString: 0x1b,
  sequence: 0x30,
  set: 0x31,
  /** `[n]`, primitive. */
  context: (n: number): number => 0x80 | n,
  /** `[n]`, constructed. */
  contextConstructed: (n: number): number => 0xa0 | n,
  /** `[APPLICATION n]`, primitive. */
  application: (n: number): number => 0x40 | n,
  /** `[APPLICATION n]`, constructed. */
  applicationConstructed: (n: number): number => 0x60 | n,
} as const;

/** One element: tag, length, contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag]), encodedLength(length), ...contents]);
}

function encodedLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = bigEndian(length);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function bigEndian(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(tags.sequence, ...contents);

/** A number that is not negative. */
export function integer(value: number, tag: number = tags.integer): Buffer {
  const bytes = bigEndian(value);
  // The first bit is the sign.
  if (bytes.length === 0 || (bytes[0] as number) >= 0x80) bytes.unshift(0);
  return element(tag, Buffer.from(bytes));
}

export const enumerated = (value: number): Buffer => integer(value, tags.enumerated);

export const boolean = (value: boolean): Buffer => element(tags.boolean, Buffer.from([value ? 0xff : 0]));

/** Bytes, or text in UTF-8. */
export function octetString(value: Uint8Array | string, tag: number = tags.octetString): Buffer {
  return element(tag, typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
}

/** Where the element at the start of `bytes` ends, header included; undefined while its header is not complete. */
export function elementSize(bytes: Buffer): number | undefined {
  const header = readHeader(bytes);
  if (header === undefined) return undefined;
  if (!isUsual(header)) throw new WireError('BER: a length in a form that LDAP does not use');
  return header.size + header.length;
}

/** Reads the elements in some bytes, one after the other. */
export class BerReader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  get atEnd(): boolean {
    return this.#rest.length === 0;
  }

  /** The tag of the next element; undefined at the end. */
  get tag(): number | undefined {
    return this.#rest[0];
  }

  /** The contents of the next element, which must have this tag. */
  bytes(tag: number = tags.octetString): Buffer {
    const header = readHeader(this.#rest);
    const size = elementSize(this.#rest);
    if (header === undefined || size === undefined || size > this.#rest.length) {
      throw new WireError('BER: the bytes end inside an element');
    }
    if (this.tag !== tag) throw new WireError(`BER: tag 0x${this.tag?.toString(16)} instead of 0x${tag.toString(16)}`);
    const contents = this.#rest.subarray(header.size, size);
    this.#rest = this.#rest.subarray(size);
    return contents;
  }

  /** A reader of the next element's own elements. */
  inside(tag: number = tags.sequence): BerReader {
    return new BerReader(this.bytes(tag));
  }

  text(tag: number = tags.octetString): string {
    return this.bytes(tag).toString('utf8');
  }

  integer(tag: number = tags.integer): number {
    const bytes = this.bytes(tag);
    if (bytes.length === 0 || bytes.length > 6) throw new WireError('BER: a number that LDAP does not use');
    return bytes.readIntBE(0, bytes.length);
  }
}
