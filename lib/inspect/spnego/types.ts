import type { DecodedToken, TokenBase } from '../types';
import type { FlagSet, Hex, Named, Oid } from '../values';

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
