import type { Problem } from './problem';
import type { Hex, Masked, Named, Note, Oid } from './values';

/** What every decoded token has. All of a result is plain JSON data: bytes are hex, 64-bit numbers decimal digits. */
export interface TokenBase {
  /** Where the token begins in the bytes given to `decode`. */
  readonly offset: number;
  /** The token's size in bytes, its GSS framing included. */
  readonly length: number;
  /** Present when the token was in the GSS-API framing of RFC 2743 section 3.1 (first byte 0x60). */
  readonly gss?: GssFraming;
  /** What a person should notice. */
  readonly notes: readonly Note[];
  /** Bytes after the end of the token; only at the root. */
  readonly trailing?: TrailingBytes;
  /** Only in the `partial` of an error: what stopped the reading here. */
  readonly problem?: Problem;
}

export interface GssFraming {
  /** The size of the framing, its token id included, in bytes: what is before the mechanism's own token. */
  readonly length: number;
  readonly mechanism: Oid;
  /** The two-byte token id of a Kerberos mechanism (RFC 4121 section 4.1, MS-KILE), as a big-endian number. */
  readonly tokenId?: Named;
}

export interface TrailingBytes {
  readonly offset: number;
  readonly length: number;
}

/** Bytes inside a known token that are not a known token. The content is masked, because it may be anything. */
export interface OpaqueToken extends TokenBase {
  readonly kind: 'opaque';
  /** The first bytes (at most 4). */
  readonly preview: Hex;
  readonly content: Masked;
}
