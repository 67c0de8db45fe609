/// <reference types="node" preserve="true" />
/**
 * `sspi/inspect`: decodes authentication tokens and says what they mean. Pure JavaScript, on every platform.
 *
 * @packageDocumentation
 */
import { lazyDiagram, lazySummary, lazyTree, lazyVerify } from './lazy';
import type { NtlmExchange, NtlmSecret, NtlmVerification, VerifyOptions } from './ntlm/verify';
import type { DiagramOptions, ExchangeLeg } from './render/diagram';
import type { TreeOptions } from './render/tree';
import type { Decoded, DecodedFragment } from './types';

export { decode, type DecodeOptions } from './decode';
export { InspectError } from './error';
export type * from './problem';
export type * from './token-base';
export type * from './types';
export type * from './gss-types';
export type * from './ntlm/types';
export type * from './kerberos/types';
export type * from './tls/types';
export type * from './channel-bindings-types';
export type { FlagSet, Guid, Hex, Masked, Named, Note, Oid, Timestamp } from './values';
export type { NtlmExchange, NtlmSecret, NtlmVerification, VerifyOptions } from './ntlm/verify';
export type { DiagramOptions, ExchangeLeg } from './render/diagram';
export type { TreeOptions } from './render/tree';

/**
 * Formats a decoded result as an indented tree, with one fact per line. Notes come first in each token; warnings are marked
 * with `!`. Control characters and similar characters in texts from the token are escaped, so that the tree is safe for a
 * terminal.
 *
 * @param decoded What `decode` returned, or the `partial` of an InspectError.
 *
 * @example
 * ```ts
 * console.log(formatTree(decode(token)));
 * // SPNEGO NegTokenResp (22 bytes)
 * // ├─ negState: 1 accept-incomplete
 * // └─ supportedMech: 1.2.840.113554.1.2.2 Kerberos
 * ```
 */
export function formatTree(decoded: Decoded | DecodedFragment, options?: TreeOptions): string {
  return lazyTree().formatTree(decoded, options);
}

/**
 * Describes a token in one line, for logs and lists of legs.
 *
 * @example
 * ```ts
 * summarize(decode(token)); // 'Kerberos AP-REQ for HTTP/web.corp.test in CORP.TEST, aes256-cts-hmac-sha1-96'
 * ```
 */
export function summarize(decoded: Decoded | DecodedFragment): string {
  return lazySummary().summarize(decoded);
}

/**
 * Checks a captured NTLM exchange against a password (or its NT hash): it shows whether the password or the message integrity
 * code is wrong, or the channel bindings are those of another connection.
 *
 * @param exchange The messages as bytes, hex, base64 or headers; SPNEGO around them does not matter.
 * @throws {InspectError} if a message cannot be decoded or is not the expected one.
 *
 * @example
 * ```ts
 * const result = verifyNtlmExchange({ negotiate, challenge, authenticate }, { password: 'P4ss123!' });
 * if (!result.ok) console.log(result.findings);
 * // [ 'the password is right', 'the MIC does not fit: a message was changed on the way' ]
 * ```
 */
export function verifyNtlmExchange(
  exchange: NtlmExchange,
  secret: NtlmSecret,
  options?: VerifyOptions,
): NtlmVerification {
  return lazyVerify().verifyNtlmExchange(exchange, secret, options);
}

/**
 * Draws an exchange as a sequence diagram: one self-contained HTML page, without scripts and external resources, that supports
 * light and dark mode, printing and screen readers. Each token can be expanded. A token that cannot be decoded is shown as far
 * as possible.
 *
 * @example
 * ```ts
 * const html = renderExchange([
 *   { from: 'client', call: 'InitializeSecurityContext', status: 'SEC_I_CONTINUE_NEEDED', token: first },
 *   { from: 'server', call: 'AcceptSecurityContext', status: 'SEC_E_OK', token: second },
 * ], { title: 'HTTP/web.corp.test' });
 * await fs.writeFile('exchange.html', html);
 * ```
 */
export function renderExchange(legs: readonly ExchangeLeg[], options?: DiagramOptions): string {
  return lazyDiagram().renderExchange(legs, options);
}
