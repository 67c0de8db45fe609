import type { Cursor } from './reading';
import type { Oid } from './values';

/** No registered identifier is longer than this. */
const maxBytes = 64;

/** The mechanisms, by the content bytes of their DER form (one character for each byte). */
const mechanisms: ReadonlyMap<string, Oid> = new Map(
  (
    [
      ['\x2b\x06\x01\x05\x05\x02', '1.3.6.1.5.5.2', 'SPNEGO'],
      ['\x2a\x86\x48\x86\xf7\x12\x01\x02\x02', '1.2.840.113554.1.2.2', 'Kerberos'],
      ['\x2a\x86\x48\x82\xf7\x12\x01\x02\x02', '1.2.840.48018.1.2.2', 'Kerberos (Microsoft)'],
      ['\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03', '1.2.840.113554.1.2.2.3', 'Kerberos user-to-user'],
      ['\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a', '1.3.6.1.4.1.311.2.2.10', 'NTLM'],
      ['\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e', '1.3.6.1.4.1.311.2.2.30', 'NegoEx'],
      ['\x2b\x06\x01\x05\x02\x05', '1.3.6.1.5.2.5', 'IAKERB'],
      ['\x2b\x06\x01\x05\x02\x07', '1.3.6.1.5.2.7', 'PKU2U'],
      ['\x2b\x05\x01\x05\x02', '1.3.5.1.5.2', 'Kerberos (draft)'],
      ['\x2b\x06\x01\x05\x05\x0e', '1.3.6.1.5.5.14', 'SCRAM-SHA-1'],
    ] as const
  ).map(([bytes, oid, name]) => [bytes, Object.freeze({ oid, name })]),
);

/** The content of an OBJECT IDENTIFIER. */
export function oidOf(content: Cursor, field: string): Oid {
  const { position, left } = content;
  if (left === 0) content.malformed('an empty OBJECT IDENTIFIER', position, field);
  if (left > maxBytes)
    content.malformed(`an OBJECT IDENTIFIER of ${left} bytes, but the maximum is ${maxBytes}`, position, field);
  const known = mechanisms.get(content.latin1(left, field));
  if (known !== undefined) return known;
  content.position = position;
  return { oid: dotted(content, field) };
}

function dotted(content: Cursor, field: string): string {
  const arcs: number[] = [];
  while (content.left > 0) {
    const start = content.position;
    let arc = 0;
    let byte: number;
    do {
      if (content.left === 0) content.malformed('an incomplete arc', start, field);
      byte = content.u8(field);
      arc = arc * 128 + (byte & 0x7f);
      if (arc > Number.MAX_SAFE_INTEGER) content.malformed('an arc beyond 2^53', start, field);
    } while (byte & 0x80);
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2);
      arcs.push(root, arc - root * 40);
    } else {
      arcs.push(arc);
    }
  }
  return arcs.join('.');
}

/** The name of a mechanism: what SSPI calls the package that implements it. */
export const mechanismName = (oid: Oid): string => oid.name ?? oid.oid;
