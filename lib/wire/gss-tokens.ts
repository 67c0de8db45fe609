/** What GSS and SPNEGO tokens are made of, as far as it tells whose they are. Lengths are not trusted: wrong ones hide nothing. */
import { readHeader } from './ber-header';

/** MS-NLMP 2.2.1: every message begins with it. */
export const ntlmSignature = Buffer.from('NTLMSSP\0', 'latin1');

/** Object identifiers in DER, in hexadecimal digits. */
export const spnegoOid = '2b0601050502'; // 1.3.6.1.5.5.2, RFC 4178
export const ntlmOid = '2b06010401823702020a'; // 1.3.6.1.4.1.311.2.2.10, MS-SPNG 1.9
export const kerberosOids: readonly string[] = [
  '2a864886f712010202', // 1.2.840.113554.1.2.2, RFC 4121
  '2a864882f712010202', // 1.2.840.48018.1.2.2, MS-SPNG 3.1.5.2
  '2a864886f71201020203', // 1.2.840.113554.1.2.2.3, user to user
];

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** What follows it. */
  readonly rest: Buffer;
}

const noBytes = Buffer.alloc(0);

/** The first element of BER; one that is cut short, or has no definite length, has what there is. */
export function elementAt(bytes: Buffer | undefined): Element | undefined {
  if (bytes === undefined || bytes.length < 2) return undefined;
  const header = readHeader(bytes);
  if (header === undefined) return { tag: bytes[0] as number, content: noBytes, rest: noBytes };
  const { tag, size, length } = header;
  return { tag, content: bytes.subarray(size, size + length), rest: bytes.subarray(size + length) };
}

/** The mechanism and the inner token of an initial token (RFC 2743, 3.1); undefined for other tokens. */
export function framed(token: Buffer): { readonly mechanism: string; readonly inner: Buffer } | undefined {
  const frame = elementAt(token);
  if (frame?.tag !== 0x60) return undefined;
  const oid = elementAt(frame.content);
  return oid?.tag === 0x06 ? { mechanism: oid.content.toString('hex'), inner: oid.rest } : undefined;
}

export const startsWith = (bytes: Buffer, prefix: Buffer): boolean => bytes.subarray(0, prefix.length).equals(prefix);
