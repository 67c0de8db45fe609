import type { Cursor } from './reading';
import { oidOf } from './oids';
import type { Hex, Oid } from './values';

/** Universal tags (X.690), and the classes that SPNEGO and Kerberos use; context(n) and application(n) are constructed. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
  generalString: 0x1b,
} as const;

const constructed = 0x20;
const context0 = 0xa0;
export const context = (n: number): number => context0 | n;
export const application = (n: number): number => 0x60 | n;

const tagNames: Readonly<Record<number, string>> = {
  0x01: 'BOOLEAN',
  0x02: 'INTEGER',
  0x03: 'BIT STRING',
  0x04: 'OCTET STRING',
  0x06: 'OBJECT IDENTIFIER',
  0x0a: 'ENUMERATED',
  0x0c: 'UTF8String',
  0x17: 'UTCTime',
  0x18: 'GeneralizedTime',
  0x1b: 'GeneralString',
  0x30: 'SEQUENCE',
  0x31: 'SET',
};

function tagName(tag: number): string {
  if (tag >= 0xa0 && tag < 0xbf) return `[${tag - 0xa0}]`;
  if (tag >= 0x60 && tag < 0x7f) return `[APPLICATION ${tag - 0x60}]`;
  return tagNames[tag] ?? `tag 0x${tag.toString(16).padStart(2, '0')}`;
}

/**
 * Reads the header of the next element, whatever its tag, and returns a cursor over its contents. Of a constructed one,
 * or where `isContainer` is set, the contents may be cut off by the end of the token.
 */
export function anyElement(c: Cursor, field: string, isContainer = false): Cursor {
  const start = c.position;
  const tag = c.u8(field);
  if ((tag & 0x1f) === 0x1f) c.malformed('a tag of more than one byte', start, field);
  const first = c.u8(field);
  let length = first;
  if (first >= 0x80) {
    if (first === 0x80) c.malformed('an indefinite length, which DER forbids', start + 1, field);
    if (first > 0x84) c.malformed(`a length of ${first & 0x7f} bytes, but the maximum is 4`, start + 1, field);
    length = 0;
    for (let i = first & 0x7f; i > 0; i -= 1) length = length * 256 + c.u8(field);
  }
  return isContainer || (tag & constructed) !== 0 ? c.container(length, field) : c.take(length, field);
}

/** Reads the next element, which must have this tag. */
export function element(c: Cursor, tag: number, field: string, isContainer = false): Cursor {
  const found = c.peek();
  if (found !== tag) {
    if (found === -1) c.overrun(1, c.position, field);
    c.malformed(`expected ${tagName(tag)}, found ${tagName(found)}`, c.position, field);
  }
  return anyElement(c, field, isContainer);
}

/**
 * The fields of a SEQUENCE whose members all have context tags. They may come in any order, each only once; members with tags
 * that the caller does not know are left out, as the extension rules of ASN.1 require.
 */
export class Fields {
  readonly #sequence: Cursor;
  #seen = 0;

  constructor(sequence: Cursor) {
    this.#sequence = sequence;
  }

  /** The number of the next field, or -1 after the last. */
  next(): number {
    const c = this.#sequence;
    const tag = c.peek();
    if (tag === -1) return -1;
    if (tag < context0 || tag >= 0xbf) c.malformed(`expected a context tag, found ${tagName(tag)}`);
    const number = tag - context0;
    const bit = 1 << number;
    if (this.#seen & bit) c.malformed(`the field [${number}] occurs twice`);
    this.#seen |= bit;
    c.item('');
    return number;
  }

  /** The contents of the field that `next` announced. */
  value(field: string): Cursor {
    return anyElement(this.#sequence, field);
  }

  skip(): void {
    anyElement(this.#sequence, '');
  }

  require(number: number, field: string): void {
    if ((this.#seen & (1 << number)) === 0) this.#sequence.malformed('is missing', this.#sequence.end, field);
  }
}

/** SEQUENCE or SEQUENCE OF: its contents. */
export const sequence = (c: Cursor, field: string): Cursor => element(c, tags.sequence, field);

export const octetString = (c: Cursor, field: string): Cursor => element(c, tags.octetString, field);

/** An OCTET STRING around a token or another structure. */
export const wrapping = (c: Cursor, field: string): Cursor => element(c, tags.octetString, field, true);

export function integer(c: Cursor, field: string): number {
  return signedNumber(element(c, tags.integer, field), field);
}

/** An INTEGER of any size, as the hex digits of its content. */
export function integerHex(c: Cursor, field: string): Hex {
  const content = element(c, tags.integer, field);
  return content.hex(content.left, field);
}

export function enumerated(c: Cursor, field: string): number {
  return signedNumber(element(c, tags.enumerated, field), field);
}

/** Kerberos' UInt32 is sent as a negative number by some. */
export const unsigned = (c: Cursor, field: string): number => {
  const value = integer(c, field);
  return value < 0 ? value >>> 0 : value;
};

function signedNumber(content: Cursor, field: string): number {
  const length = content.left;
  if (length === 0 || length > 6)
    content.malformed(`a number of ${length} bytes, but 1 to 6 are allowed`, content.position, field);
  return content.bytes.readIntBE(content.position, length);
}

export function boolean(c: Cursor, field: string): boolean {
  const content = element(c, tags.boolean, field);
  if (content.left !== 1) content.malformed(`a BOOLEAN of ${content.left} bytes`, content.position, field);
  return content.u8(field) !== 0;
}

export function oid(c: Cursor, field: string): Oid {
  return oidOf(element(c, tags.oid, field), field);
}

/** GeneralString, which Kerberos and SPNEGO fill with UTF-8 in practice. */
export function generalString(c: Cursor, field: string): string {
  const content = element(c, tags.generalString, field);
  return content.utf8(content.left, field);
}

/** The first 32 bits of a BIT STRING as a number, bit 0 of ASN.1 being the highest, as Kerberos writes flags. */
export function bitString32(c: Cursor, field: string): number {
  const content = element(c, tags.bitString, field);
  const unused = content.u8(field);
  if (unused > 7 || (unused > 0 && content.left === 0)) {
    content.malformed(`a BIT STRING with ${unused} unused bits`, content.position - 1, field);
  }
  let value = 0;
  for (let i = 0; i < 4; i += 1) value = value * 256 + (content.left > 0 ? content.u8(field) : 0);
  return value;
}

const generalizedTimeForm = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** KerberosTime: GeneralizedTime in UTC without a fraction. ISO 8601. */
export function generalizedTime(c: Cursor, field: string): string {
  const content = element(c, tags.generalizedTime, field);
  const at = content.position;
  if (content.left !== 15) content.malformed(`a time of ${content.left} bytes`, at, field);
  const text = content.latin1(15, field);
  const parts = generalizedTimeForm.exec(text);
  if (parts === null) return content.malformed('not a time of the form YYYYMMDDhhmmssZ', at, field);
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
