/** What shows of a client's token before it is given to SSPI. */

export interface TokenKind {
  /**
   * True for a token that begins a handshake: NTLM's NEGOTIATE_MESSAGE, a NegTokenInit, an AP-REQ. False for every other one,
   * tokens of unknown mechanisms included.
   */
  readonly initial: boolean;
  /** True for a token of NTLM's, raw or inside of SPNEGO, and for a SPNEGO token that offers NTLM first. */
  readonly ntlm: boolean;
}

/** MS-NLMP, 2.2.1: every message begins with it. */
const ntlmSignature = Buffer.from('NTLMSSP\0', 'latin1');
/** MS-NLMP, 2.2.1.1 */
const negotiateMessage = 1;

/** Object identifiers in DER. */
const spnego = '2b0601050502'; // 1.3.6.1.5.5.2, RFC 4178
const ntlm = '2b06010401823702020a'; // 1.3.6.1.4.1.311.2.2.10, MS-SPNG 1.9
const kerberos: readonly string[] = [
  '2a864886f712010202', // 1.2.840.113554.1.2.2, RFC 4121
  '2a864882f712010202', // 1.2.840.48018.1.2.2, MS-SPNG 3.1.5.2
  '2a864886f71201020203', // 1.2.840.113554.1.2.2.3, user to user
];
/** TOK_ID of an AP-REQ (RFC 4121, 4.1). */
const apRequestId = 0x0100;

const tag = { initialToken: 0x60, apRequest: 0x6e, sequence: 0x30, oid: 0x06, field0: 0xa0 } as const;

/** Classifies a client's token by its first bytes, and NTLM by its signature wherever that is. */
export function kindOfToken(token: Buffer): TokenKind {
  if (startsWith(token, ntlmSignature)) {
    return { initial: token.length >= 12 && token.readUInt32LE(8) === negotiateMessage, ntlm: true };
  }
  // However the BER around it is written: eight bytes that no encrypted ticket contains except by a chance of 2^-64 a byte.
  const signed = token.includes(ntlmSignature);
  if (token[0] === tag.apRequest) return { initial: true, ntlm: signed };
  const frame = elementAt(token);
  if (frame?.tag !== tag.initialToken) {
    // Some clients leave the frame out before a NegTokenInit.
    return frame?.tag === tag.field0 ? negTokenInit(token, signed) : { initial: false, ntlm: signed };
  }
  const oid = elementAt(frame.content);
  const mechanism = oid?.tag === tag.oid ? oid.content.toString('hex') : '';
  const inner = oid?.rest ?? frame.content;
  if (mechanism === spnego) return negTokenInit(inner, signed);
  if (mechanism === ntlm) return { initial: true, ntlm: true };
  const isRequest = inner.length >= 2 && inner.readUInt16BE(0) === apRequestId;
  return { initial: kerberos.includes(mechanism) && isRequest, ntlm: signed };
}

/** NegotiationToken's first choice: `[0] SEQUENCE { [0] mechTypes, … }` (RFC 4178, 4.2.1). */
function negTokenInit(token: Buffer, signed: boolean): TokenKind {
  const choice = elementAt(token);
  if (choice?.tag !== tag.field0) return { initial: false, ntlm: signed };
  const mechTypes = elementAt(elementAt(choice.content)?.content);
  const list = mechTypes?.tag === tag.field0 ? elementAt(mechTypes.content) : undefined;
  const first = elementAt(list?.content);
  return { initial: true, ntlm: signed || first?.content.toString('hex') === ntlm };
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** What follows it. */
  readonly rest: Buffer;
}

/** The first element of BER; one that is cut short, or of an indefinite length, has all that there is. */
function elementAt(bytes: Buffer | undefined): Element | undefined {
  const [first, second] = bytes ?? [];
  if (bytes === undefined || first === undefined || second === undefined) return undefined;
  if (second === 0x80) return { tag: first, content: bytes.subarray(2), rest: bytes.subarray(bytes.length) };
  const more = second < 0x80 ? 0 : second & 0x7f;
  const start = 2 + more;
  let length = more === 0 ? second : 0;
  for (const byte of bytes.subarray(2, start)) length = length * 256 + byte;
  return { tag: first, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

const startsWith = (bytes: Buffer, prefix: Buffer): boolean => bytes.subarray(0, prefix.length).equals(prefix);
