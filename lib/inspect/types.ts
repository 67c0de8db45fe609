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
import type { CertificateToken, TlsToken } from './tls/types';
import type { ChannelBindings } from './channel-bindings-types';
import type { GssMessageToken } from './gss-types';
import type { OpaqueToken, TokenBase } from './token-base';
import type { FlagSet, Guid, Hex, Masked, Named, Note, Oid } from './values';

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

/** What was read of a result before a fault: any field may be missing. `formatTree` and `summarize` accept it. */
export interface DecodedFragment {
  readonly kind: Decoded['kind'];
  readonly [field: string]: unknown;
}

// The tokens that contain other tokens are in the same file as the union of all, so that there is no import cycle.

/** NegTokenInit (RFC 4178 section 4.2.1) or NegTokenInit2 (MS-SPNG 2.2.1), which adds the hints. */
export interface SpnegoInit extends TokenBase {
  readonly kind: 'spnego-init';
  readonly variant: 'NegTokenInit' | 'NegTokenInit2';
  /** In the sender's order of preference. */
  readonly mechTypes: readonly Oid[];
  readonly reqFlags?: FlagSet;
  /** The optimistic first token, made for the first of `mechTypes`. */
  readonly mechToken?: DecodedToken;
  readonly negHints?: SpnegoHints;
  readonly mechListMIC?: DecodedToken;
}

export interface SpnegoHints {
  /** `not_defined_in_RFC4178@please_ignore` from every Windows since 2008. */
  readonly hintName?: string;
  readonly hintAddress?: Hex;
}

/** NegTokenResp (RFC 4178 section 4.2.2), earlier called NegTokenTarg. */
export interface SpnegoResponse extends TokenBase {
  readonly kind: 'spnego-response';
  /** accept-completed, accept-incomplete, reject or request-mic. */
  readonly negState?: Named;
  readonly supportedMech?: Oid;
  readonly responseToken?: DecodedToken;
  readonly mechListMIC?: DecodedToken;
}

/** One or more messages of SPNEGO Extended Negotiation (MS-NEGOEX 2.2.6), as one SPNEGO token carries them. */
export interface NegoExToken extends TokenBase {
  readonly kind: 'negoex';
  readonly messages: readonly NegoExMessage[];
}

interface NegoExHeader {
  readonly offset: number;
  /** cbMessageLength, in bytes. */
  readonly length: number;
  readonly messageType: Named;
  /** Counts the messages of the conversation, from 0. */
  readonly sequenceNumber: number;
  readonly conversationId: Guid;
  readonly notes: readonly Note[];
}

/** `type` tells the four layouts apart; `messageType` has the exact type. */
export type NegoExMessage = NegoExNego | NegoExExchange | NegoExVerify | NegoExAlert | NegoExUnknown;

/** INITIATOR_NEGO and ACCEPTOR_NEGO. */
export interface NegoExNego extends NegoExHeader {
  readonly type: 'nego';
  readonly random: Hex;
  /** Decimal digits; always 0. */
  readonly protocolVersion: string;
  readonly authSchemes: readonly Guid[];
  readonly extensions: readonly {
    readonly extensionType: number;
    readonly critical: boolean;
    readonly length: number;
  }[];
}

/** INITIATOR_META_DATA, ACCEPTOR_META_DATA, CHALLENGE and AP_REQUEST. */
export interface NegoExExchange extends NegoExHeader {
  readonly type: 'exchange';
  readonly authScheme: Guid;
  readonly exchange: DecodedToken;
}

export interface NegoExVerify extends NegoExHeader {
  readonly type: 'verify';
  readonly authScheme: Guid;
  readonly checksumScheme: Named;
  /** The checksum type of RFC 3961. */
  readonly checksumType: Named;
  readonly checksum: Masked;
}

export interface NegoExAlert extends NegoExHeader {
  readonly type: 'alert';
  readonly authScheme: Guid;
  /** An NTSTATUS. */
  readonly errorCode: Named;
  readonly alerts: readonly { readonly alertType: Named; readonly reason?: Named }[];
}

export interface NegoExUnknown extends NegoExHeader {
  readonly type: 'unknown';
}
