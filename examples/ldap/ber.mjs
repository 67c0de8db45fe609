/** The part of BER (ITU-T X.690) that LDAP needs: definite lengths, tags of one byte (RFC 4511, section 5.1). */

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
  /** A primitive element of a context-specific tag: `[n]`. */
  context: (/** @type {number} */ n) => 0x80 | n,
  /** A constructed element of a context-specific tag: `[n]`. */
  contextConstructed: (/** @type {number} */ n) => 0xa0 | n,
  /** A primitive element of an application tag: `[APPLICATION n]`. */
  application: (/** @type {number} */ n) => 0x40 | n,
  /** A constructed element of an application tag: `[APPLICATION n]`. */
  applicationConstructed: (/** @type {number} */ n) => 0x60 | n,
};

/** One element: tag, length, contents. */
export function element(/** @type {number} */ tag, /** @type {Uint8Array[]} */ ...contents) {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag]), encodedLength(length), ...contents]);
}

function encodedLength(/** @type {number} */ length) {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = bigEndian(length);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function bigEndian(/** @type {number} */ value) {
  const bytes = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

export const sequence = (/** @type {Uint8Array[]} */ ...contents) => element(tags.sequence, ...contents);

/** A number from 0 to 2^31 - 1, as LDAP's are. */
export function integer(/** @type {number} */ value, tag = tags.integer) {
  const bytes = bigEndian(value);
  // The first bit is the sign.
  if (bytes.length === 0 || /** @type {number} */ (bytes[0]) >= 0x80) bytes.unshift(0);
  return element(tag, Buffer.from(bytes));
}

export const enumerated = (/** @type {number} */ value) => integer(value, tags.enumerated);

export const boolean = (/** @type {boolean} */ value) => element(tags.boolean, Buffer.from([value ? 0xff : 0]));

/** Bytes, or text in UTF-8. */
export function octetString(/** @type {Uint8Array | string} */ value, tag = tags.octetString) {
  return element(tag, typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
}

/**
 * Where the element at the start of `bytes` ends, header included; undefined while its header is not complete.
 * @param {Buffer} bytes
 */
export function elementSize(bytes) {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new Error('BER: a length that LDAP does not use');
  return bytes.length < 2 + count ? undefined : 2 + count + bytes.readUIntBE(2, count);
}

/** Reads the elements in some bytes, one after the other. */
export class BerReader {
  #rest;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#rest = bytes;
  }

  get atEnd() {
    return this.#rest.length === 0;
  }

  /** The tag of the next element; undefined at the end. */
  get tag() {
    return this.#rest[0];
  }

  /** The contents of the next element, which must have this tag. */
  bytes(/** @type {number} */ tag = tags.octetString) {
    const size = elementSize(this.#rest);
    if (size === undefined || size > this.#rest.length) throw new Error('BER: the bytes end inside an element');
    if (this.tag !== tag) throw new Error(`BER: tag 0x${this.tag?.toString(16)} in the place of 0x${tag.toString(16)}`);
    const first = /** @type {number} */ (this.#rest[1]);
    const contents = this.#rest.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f), size);
    this.#rest = this.#rest.subarray(size);
    return contents;
  }

  /** A reader of the next element's own elements. */
  inside(/** @type {number} */ tag = tags.sequence) {
    return new BerReader(this.bytes(tag));
  }

  text(/** @type {number} */ tag = tags.octetString) {
    return this.bytes(tag).toString('utf8');
  }

  integer(/** @type {number} */ tag = tags.integer) {
    const bytes = this.bytes(tag);
    if (bytes.length === 0 || bytes.length > 4) throw new Error('BER: a number that LDAP does not use');
    return bytes.readIntBE(0, bytes.length);
  }
}
