/** What an element of BER begins with (X.690, sections 8.1.2 and 8.1.3). */
export interface BerHeader {
  readonly tag: number;
  /** The size of tag and length, in bytes. */
  readonly size: number;
  /** The size of the contents, in bytes; Infinity in the indefinite form. */
  readonly length: number;
}

/** The longest header that DER, LDAP and SSPI's tokens need: lengths of up to four bytes. */
const usualSize = 6;

/** The header that begins at `at`, with a tag of one byte; undefined if it is cut short. */
export function readHeader(bytes: Uint8Array, at = 0): BerHeader | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { tag, size: 2, length: first };
  const size = 2 + (first & 0x7f);
  if (at + size > bytes.length) return undefined;
  let length = size === 2 ? Infinity : 0;
  for (let i = at + 2; i < at + size; i += 1) length = length * 256 + (bytes[i] as number);
  return { tag, size, length };
}

/** True for a header with a definite length, in the forms that DER, LDAP and SSPI's tokens use. */
export const isUsual = ({ size, length }: BerHeader): boolean => size <= usualSize && length !== Infinity;
