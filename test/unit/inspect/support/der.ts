/** A small DER encoder, written apart from the reader that it tests. */

export type Part = Buffer | readonly Part[];

export function flatten(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : flatten(...part))));
}

export function length(n: number): Buffer {
  if (n < 0x80) return Buffer.from([n]);
  const digits = n.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function tlv(tag: number, ...parts: readonly Part[]): Buffer {
  const content = flatten(...parts);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

export const seq = (...parts: readonly Part[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: readonly Part[]): Buffer => tlv(0x31, ...parts);
export const ctx = (n: number, ...parts: readonly Part[]): Buffer => tlv(0xa0 + n, ...parts);
export const app = (n: number, ...parts: readonly Part[]): Buffer => tlv(0x60 + n, ...parts);
export const octets = (data: Buffer | string): Buffer => tlv(0x04, typeof data === 'string' ? Buffer.from(data) : data);
export const general = (text: string): Buffer => tlv(0x1b, Buffer.from(text, 'utf8'));
export const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'));
export const time = (text: string): Buffer => tlv(0x18, Buffer.from(text, 'latin1'));
export const bool = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const bits = (value: number): Buffer => {
  const content = Buffer.alloc(5);
  content.writeUInt32BE(value >>> 0, 1);
  return tlv(0x03, content);
};

function twosComplement(value: number): Buffer {
  let size = 1;
  while (size < 6 && (value < -(2 ** (8 * size - 1)) || value >= 2 ** (8 * size - 1))) size += 1;
  const content = Buffer.alloc(size);
  content.writeIntBE(value, 0, size);
  return content;
}

export const int = (value: number): Buffer => tlv(0x02, twosComplement(value));
export const enumerated = (value: number): Buffer => tlv(0x0a, twosComplement(value));

export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128));
    return groups;
  });
  return tlv(0x06, Buffer.from(content));
}

/** The framing of RFC 2743 section 3.1. */
export const gss = (mechanism: string, ...parts: readonly Part[]): Buffer => app(0, oid(mechanism), ...parts);

export const oids = {
  spnego: '1.3.6.1.5.5.2',
  kerberos: '1.2.840.113554.1.2.2',
  msKerberos: '1.2.840.48018.1.2.2',
  userToUser: '1.2.840.113554.1.2.2.3',
  ntlm: '1.3.6.1.4.1.311.2.2.10',
  negoEx: '1.3.6.1.4.1.311.2.2.30',
  iakerb: '1.3.6.1.5.2.5',
} as const;
