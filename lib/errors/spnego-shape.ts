/** SPNEGO, 1.3.6.1.5.5.2 (RFC 4178), as DER inside the initial GSS token. */
const spnegoOid = [0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

/** True for a NegotiationToken: an initial GSS token of SPNEGO's OID, or a bare NegTokenInit [0] or NegTokenResp [1]. */
export function looksLikeSpnego(token: Uint8Array): boolean {
  const tag = token[0];
  if (tag === 0xa0 || tag === 0xa1) return true;
  if (tag !== 0x60) return false;
  const length = token[1] ?? 0;
  const at = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return spnegoOid.every((byte, i) => token[at + i] === byte);
}
