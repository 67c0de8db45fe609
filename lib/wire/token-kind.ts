/** What shows of a client's token before it is given to SSPI. */
import { elementAt, framed, kerberosOids, ntlmOid, ntlmSignature, spnegoOid, startsWith } from './gss-tokens';

export interface TokenKind {
  /**
   * True for a token that begins a handshake: NTLM's NEGOTIATE_MESSAGE, a NegTokenInit, an AP-REQ. False for every other one,
   * tokens of unknown mechanisms included.
   */
  readonly initial: boolean;
  /** True for a token of NTLM's, raw or inside of SPNEGO, and for a SPNEGO token that offers NTLM first. */
  readonly ntlm: boolean;
}

/** MS-NLMP, 2.2.1.1 */
const negotiateMessage = 1;

/** TOK_ID of an AP-REQ (RFC 4121, 4.1). */
const apRequestId = 0x0100;

const tag = { apRequest: 0x6e, field0: 0xa0 } as const;

/** Classifies a client's token by its first bytes, and NTLM by its signature wherever that is. */
export function kindOfToken(token: Buffer): TokenKind {
  if (startsWith(token, ntlmSignature)) {
    return { initial: token.length >= 12 && token.readUInt32LE(8) === negotiateMessage, ntlm: true };
  }
  // However the BER around it is written: eight bytes that no encrypted ticket contains except by a chance of 2^-64 a byte.
  const signed = token.includes(ntlmSignature);
  if (token[0] === tag.apRequest) return { initial: true, ntlm: signed };
  const frame = framed(token);
  if (frame === undefined) {
    // Some clients leave the frame out before a NegTokenInit.
    return negTokenInit(token, signed);
  }
  const { mechanism, inner } = frame;
  if (mechanism === spnegoOid) return negTokenInit(inner, signed);
  if (mechanism === ntlmOid) return { initial: true, ntlm: true };
  const isRequest = inner.length >= 2 && inner.readUInt16BE(0) === apRequestId;
  return { initial: kerberosOids.includes(mechanism) && isRequest, ntlm: signed };
}

/** NegotiationToken's first choice: `[0] SEQUENCE { [0] mechTypes, … }` (RFC 4178, 4.2.1). */
function negTokenInit(token: Buffer, signed: boolean): TokenKind {
  const choice = elementAt(token);
  if (choice?.tag !== tag.field0) return { initial: false, ntlm: signed };
  const mechTypes = elementAt(elementAt(choice.content)?.content);
  const list = mechTypes?.tag === tag.field0 ? elementAt(mechTypes.content) : undefined;
  const first = elementAt(list?.content);
  return { initial: true, ntlm: signed || first?.content.toString('hex') === ntlmOid };
}
