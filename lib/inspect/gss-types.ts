import type { TokenBase } from './token-base';
import type { FlagSet, Masked, Named } from './values';

/**
 * A per-message token of the Kerberos mechanism, or a token of a mechanism of which only the framing is known.
 *
 * - RFC 4121 (all AES keys): `wrap` and `mic` have `flags` and a readable sequence number.
 * - RFC 1964 and RFC 4757 (DES, RC4): algorithms in plain text, the sequence number encrypted.
 */
export interface GssMessageToken extends TokenBase {
  readonly kind: 'gss-message';
  readonly type: 'mic' | 'wrap' | 'delete-context' | 'unknown';
  readonly format: 'RFC 4121' | 'RFC 1964' | 'unknown';
  /** RFC 4121: who sent it, whether it is encrypted, which subkey it uses. */
  readonly flags?: FlagSet;
  /** RFC 4121: decimal digits. */
  readonly sequenceNumber?: string;
  /** RFC 4121 wrap: extra count, in bytes. */
  readonly extraCount?: number;
  /** RFC 4121 wrap: right rotation count, in bytes. */
  readonly rightRotation?: number;
  /** RFC 1964: SGN_ALG. */
  readonly signAlgorithm?: Named;
  /** RFC 1964 wrap: SEAL_ALG. */
  readonly sealAlgorithm?: Named;
  readonly checksum?: Masked;
  /** The rest: ciphertext, or plaintext and checksum of a message that is not encrypted. */
  readonly content?: Masked;
}
