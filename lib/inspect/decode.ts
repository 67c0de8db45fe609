import { bytesOf } from './bytes';
import { decodeBytes } from './decode-bytes';
import { InspectError } from './error';
import { once } from './once';
import { DecodePath } from './reading';
import { bytesOfText, findHeaders, maxTextLength } from './text';
import type { Decoded, DecodedToken } from './types';

const lazyHeader = once(() => require('./header') as typeof import('./header'));

/** What `decode` takes. */
export interface DecodeOptions {
  /**
   * Return the bytes that are otherwise masked: NTLM and LM responses, MICs, encrypted tickets and session keys, passwords of
   * Basic. With them a password can be guessed offline, or a session taken over, so do not share the result. Default: false.
   */
  readonly reveal?: boolean;
}

/**
 * Decodes an authentication token: SPNEGO, NegoEx, NTLM, Kerberos, GSS-API message tokens, TLS records, certificates and
 * channel bindings, raw or in GSS-API framing, including nested tokens.
 *
 * @param input Bytes; or text: base64 (also base64url), hex (separators, `0x` and `\x` are skipped), or HTTP headers
 *   (`Authorization`, `WWW-Authenticate`, `Proxy-…`), whole or from the scheme on.
 * @returns Plain JSON data with a discriminating `kind`; for HTTP headers `{ kind: 'http', entries }`.
 * @throws {InspectError} if anything is wrong with the input; nothing else is ever thrown.
 *
 * @example
 * ```ts
 * const token = decode(Buffer.from('4e544c4d53535000…', 'hex'));
 * if (token.kind === 'ntlm-challenge') console.log(token.targetName, token.flags.names);
 *
 * const http = decode('WWW-Authenticate: Negotiate oRQwEqADCgEBoQsGCSqGSIb3EgECAg==');
 * console.log(formatTree(http));
 * ```
 */
export function decode(input: Uint8Array, options?: DecodeOptions): DecodedToken;
export function decode(input: Uint8Array | string, options?: DecodeOptions): Decoded;
export function decode(input: Uint8Array | string, options: DecodeOptions = {}): Decoded {
  const reveal = revealOf(options);
  if (typeof input !== 'string') return decodeBytes(bytesOf(input, 'the input'), reveal, new DecodePath());
  if (input.length > maxTextLength) {
    throw new InspectError(
      'ERR_SSPI_INSPECT_LIMIT',
      `a text of ${input.length} characters, but the maximum is ${maxTextLength}`,
      0,
    );
  }
  const headers = findHeaders(input);
  if (headers === undefined) return decodeBytes(bytesOfText(input), reveal, new DecodePath());
  return lazyHeader().decodeHeaders(headers, reveal);
}

function revealOf(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) {
    throw new InspectError('ERR_SSPI_INSPECT_ARGUMENT', 'options is not an object', 0);
  }
  const { reveal } = options as { reveal?: unknown };
  if (reveal !== undefined && typeof reveal !== 'boolean') {
    throw new InspectError('ERR_SSPI_INSPECT_ARGUMENT', 'options.reveal is neither true nor false', 0);
  }
  return reveal === true;
}
