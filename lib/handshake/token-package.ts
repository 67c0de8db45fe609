import { elementAt, framed, kerberosOids, ntlmOid, ntlmSignature, spnegoOid, startsWith } from '../wire/gss-tokens';

/** The packages whose tokens can be recognised by their first bytes. */
export type TokenPackage = 'Kerberos' | 'NTLM';

/** AP-REQ, AP-REP and KRB-ERROR as DCE style has them, without a frame (RFC 4120 5.5, 5.9). */
const kerberosMessages = [0x6e, 0x6f, 0x7e];

/**
 * The package of a token, by its signature: raw, or inside SPNEGO as mechToken or responseToken; undefined if it cannot be
 * recognised. Lengths are not trusted: wrong lengths do not hide a token.
 */
export function packageOfToken(token: Buffer): TokenPackage | undefined {
  return rawPackage(token) ?? rawPackage(insideSpnego(token));
}

function rawPackage(token: Buffer | undefined): TokenPackage | undefined {
  if (token === undefined) return undefined;
  if (startsWith(token, ntlmSignature)) return 'NTLM';
  if (kerberosMessages.includes(token[0] as number)) return 'Kerberos';
  const mechanism = framed(token)?.mechanism ?? '';
  if (mechanism === ntlmOid) return 'NTLM';
  return kerberosOids.includes(mechanism) ? 'Kerberos' : undefined;
}

/** The content of field [2] of NegTokenInit or NegTokenResp, with or without the framing of an initial token. */
function insideSpnego(token: Buffer): Buffer | undefined {
  const frame = framed(token);
  if (frame !== undefined && frame.mechanism !== spnegoOid) return undefined;
  const choice = elementAt(frame?.inner ?? token);
  if (choice === undefined || (choice.tag !== 0xa0 && choice.tag !== 0xa1)) return undefined;
  let field = elementAt(elementAt(choice.content)?.content);
  while (field !== undefined && field.tag !== 0xa2) field = elementAt(field.rest);
  return elementAt(field?.content)?.content;
}
