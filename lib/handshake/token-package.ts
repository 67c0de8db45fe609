import { readHeader } from '../wire/ber-header';

/** The packages whose tokens can be recognised by their first bytes. */
export type TokenPackage = 'Kerberos' | 'NTLM';

/** MS-NLMP 2.2.1: every message begins with it. */
const ntlmSignature = 'NTLMSSP\0';

/** DER of 1.3.6.1.5.5.2 (RFC 4178). */
const spnego = '2b0601050502';

/** The mechanisms of initial GSS tokens (RFC 2743, 3.1), by their OIDs in DER. */
const mechanisms: Readonly<Record<string, TokenPackage>> = {
  '2a864886f712010202': 'Kerberos', // 1.2.840.113554.1.2.2, RFC 4121
  '2a864882f712010202': 'Kerberos', // 1.2.840.48018.1.2.2, MS-SPNG 3.1.5.2
  '2a864886f71201020203': 'Kerberos', // 1.2.840.113554.1.2.2.3, user to user
  '2b06010401823702020a': 'NTLM', // 1.3.6.1.4.1.311.2.2.10, MS-SPNG 1.9
};

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
  if (token.toString('latin1', 0, ntlmSignature.length) === ntlmSignature) return 'NTLM';
  if (kerberosMessages.includes(token[0] as number)) return 'Kerberos';
  return mechanisms[framed(token)?.mechanism ?? ''];
}

/** The content of field [2] of NegTokenInit or NegTokenResp, with or without the framing of an initial token. */
function insideSpnego(token: Buffer): Buffer | undefined {
  const frame = framed(token);
  if (frame !== undefined && frame.mechanism !== spnego) return undefined;
  const choice = elementAt(frame?.inner ?? token);
  if (choice === undefined || (choice.tag !== 0xa0 && choice.tag !== 0xa1)) return undefined;
  let field = elementAt(elementAt(choice.content)?.content);
  while (field !== undefined && field.tag !== 0xa2) field = elementAt(field.rest);
  return elementAt(field?.content)?.content;
}

function framed(token: Buffer): { readonly mechanism: string; readonly inner: Buffer } | undefined {
  const frame = elementAt(token);
  if (frame?.tag !== 0x60) return undefined;
  const oid = elementAt(frame.content);
  return oid?.tag === 0x06 ? { mechanism: oid.content.toString('hex'), inner: oid.rest } : undefined;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** What follows it. */
  readonly rest: Buffer;
}

/** The first element of BER; one that is cut short, or has no definite length, has what there is. */
function elementAt(bytes: Buffer | undefined): Element | undefined {
  const header = bytes && readHeader(bytes);
  if (bytes === undefined || header === undefined) return undefined;
  const { tag, size, length } = header;
  return { tag, content: bytes.subarray(size, size + length), rest: bytes.subarray(size + length) };
}
