import type { InspectErrorCode } from './error';
import type {
  KerberosApRep,
  KerberosApReq,
  KerberosError,
  KerberosErrorDataToken,
  KerberosKdcReply,
  KerberosKdcRequest,
  KerberosTgtReply,
  KerberosTgtRequest,
  KerberosTicket,
} from './kerberos/types';
import type { NtlmAuthenticate, NtlmChallenge, NtlmNegotiate, NtlmSignature } from './ntlm/types';
import type { NegoExToken } from './spnego/negoex-types';
import type { SpnegoInit, SpnegoResponse } from './spnego/types';
import type { CertificateToken, TlsToken } from './tls/types';
import type { ChannelBindings } from './channel-bindings';
import type { GssMessageToken } from './gss-types';
import type { Hex, Masked, Named, Note, Oid } from './values';

/** What every decoded token has. All of a result is plain JSON data: bytes are hex, 64-bit numbers decimal digits. */
export interface TokenBase {
  /** Where the token begins in the bytes given to `decode`. */
  readonly offset: number;
  /** The token's size in bytes, its GSS framing included. */
  readonly length: number;
  /** Present when the token was in the GSS-API framing of RFC 2743 section 3.1 (first byte 0x60). */
  readonly gss?: GssFraming;
  /** What stands out, for a human reader. */
  readonly notes: readonly Note[];
  /** Bytes behind the end of the token that belong to none; only at the root. */
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

/** The facts of an InspectError, inside of its `partial`. */
export interface Problem {
  readonly code: InspectErrorCode;
  readonly reason: string;
  readonly offset: number;
  readonly path: string;
}

/** Bytes inside of a known token that are no token this module knows. The content is masked: it may be anything. */
export interface OpaqueToken extends TokenBase {
  readonly kind: 'opaque';
  /** The first bytes (at most 4). */
  readonly preview: Hex;
  readonly content: Masked;
}

/** Any token, told apart by `kind`. */
export type DecodedToken =
  | SpnegoInit
  | SpnegoResponse
  | NegoExToken
  | NtlmNegotiate
  | NtlmChallenge
  | NtlmAuthenticate
  | NtlmSignature
  | KerberosApReq
  | KerberosApRep
  | KerberosError
  | KerberosErrorDataToken
  | KerberosTgtRequest
  | KerberosTgtReply
  | KerberosKdcRequest
  | KerberosKdcReply
  | KerberosTicket
  | GssMessageToken
  | TlsToken
  | CertificateToken
  | ChannelBindings
  | OpaqueToken;

/** The authentication headers of HTTP (RFC 9110 section 11) that were found in a text, in their order. */
export interface HttpAuthentication {
  readonly kind: 'http';
  readonly entries: readonly HttpAuthenticationEntry[];
  readonly notes: readonly Note[];
}

/** One challenge or one set of credentials. */
export interface HttpAuthenticationEntry {
  /** The header it came from, as it was written; absent when only the header's value was given. */
  readonly header?: string;
  /** As it was written; schemes are compared without regard to case. */
  readonly scheme: string;
  /** The decoded token of Negotiate, NTLM and their kin. */
  readonly token?: DecodedToken;
  /** auth-params; the values that are secrets are masked. */
  readonly parameters?: readonly HttpAuthenticationParameter[];
  /** Basic: the user name. */
  readonly user?: string;
  /** Basic: the password; Bearer and unknown schemes: the whole of the credentials. */
  readonly secret?: Masked;
  readonly notes: readonly Note[];
}

export interface HttpAuthenticationParameter {
  readonly name: string;
  readonly value: string | Masked;
}

/** What `decode` returns: a token, or the tokens of the headers that it found. */
export type Decoded = DecodedToken | HttpAuthentication;

/** What was read of a result before a fault: any field may be missing. `formatTree` and `summarize` take it. */
export interface DecodedFragment {
  readonly kind: Decoded['kind'];
  readonly [field: string]: unknown;
}
