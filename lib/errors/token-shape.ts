import { readHeader } from '../wire/ber-header';

/** What the first bytes of a token reveal: enough for a hint, and cheap enough for every error. `sspi/inspect` reads the rest. */
export interface TokenShape {
  readonly family: TokenFamily;
  /** The side that makes tokens of this type; undefined if both do. */
  readonly maker?: 'initiator' | 'acceptor';
  /** True for a type that is never the first token of a handshake. */
  readonly later?: true;
  /** True for a message that says why its sender refuses. */
  readonly refusal?: true;
}

export type TokenFamily = 'SPNEGO' | 'NTLM' | 'Kerberos' | 'TLS';

/** 1.3.6.1.5.5.2 (RFC 4178) and 1.2.840.113554.1.2.2 (RFC 4121), as DER. */
const spnegoOid = Buffer.from('06062b0601050502', 'hex');
const kerberosOid = Buffer.from('06092a864886f712010202', 'hex');
/** The start of an AP-REQ in GSS framing: the OID, the token id, [APPLICATION 14]. */
const framedApReq = Buffer.concat([kerberosOid, Buffer.of(0x01, 0x00, 0x6e)]);
/** Where an AP-REQ inside a NegTokenInit starts at the latest: after a few mechanism types. */
const searched = 256;

const ntlmSignature = Buffer.from('NTLMSSP\0');
const ntlmTypes: Readonly<Record<number, Omit<TokenShape, 'family'>>> = {
  1: { maker: 'initiator' },
  2: { maker: 'acceptor', later: true },
  3: { maker: 'initiator', later: true },
};
/** Token ids of RFC 4121 section 4.1. With DCE style the client also sends an AP-REP. */
const kerberosTypes: Readonly<Record<number, Omit<TokenShape, 'family'>>> = {
  0x0100: { maker: 'initiator' },
  0x0200: { later: true },
  0x0300: { later: true, refusal: true },
};
const kerberosTags: Readonly<Record<number, number>> = { 0x6e: 0x0100, 0x6f: 0x0200, 0x7e: 0x0300 };
const tlsHandshakes: Readonly<Record<number, Omit<TokenShape, 'family'>>> = {
  1: { maker: 'initiator' },
  2: { maker: 'acceptor', later: true },
};
const tlsAlert = 21;
const tlsHandshake = 22;
const fatal = 2;

/** The kind of token that the bytes start like; undefined for unknown tokens. */
export function shapeOf(token: Uint8Array): TokenShape | undefined {
  const tag = token[0] ?? 0;
  if (tag === 0xa0) return { family: 'SPNEGO' };
  if (tag === 0xa1) return { family: 'SPNEGO', later: true };
  if (tag === 0x60) return framed(token);
  if (beginsWith(token, 0, ntlmSignature)) return { family: 'NTLM', ...ntlmTypes[token[8] ?? 0] };
  const kerberos = kerberosTags[tag] ?? unframedId(token);
  if (kerberos !== undefined) return { family: 'Kerberos', ...kerberosTypes[kerberos] };
  return tag >= 20 && tag <= 23 && token[1] === 3 ? tls(token, tag) : undefined;
}

/** True for an AP-REQ, raw, in GSS framing or in a NegTokenInit: it contains a ticket for the service. */
export function holdsApReq(token: Uint8Array): boolean {
  const bytes = Buffer.from(token.buffer, token.byteOffset, Math.min(token.byteLength, searched));
  return (
    bytes[0] === 0x6e || (bytes[0] === 0x01 && bytes[1] === 0x00 && bytes[2] === 0x6e) || bytes.includes(framedApReq)
  );
}

const protocols: readonly (readonly [name: string, start: RegExp])[] = [
  ['HTTP', /^(HTTP\/\d|(GET|POST|PUT|HEAD|OPTIONS|DELETE|CONNECT|PATCH) \S+ HTTP\/|<!doctype html|<html)/i],
  ['SSH', /^SSH-\d/],
  ['SMTP or FTP', /^220[ -]/],
  ['POP3', /^\+OK\b/],
  ['IMAP', /^\* (OK|BYE)\b/],
];

/** The name of the text protocol, if the bytes are text and not a token. */
export function textProtocol(token: Uint8Array): string | undefined {
  const start = firstLine(token);
  return protocols.find(([, pattern]) => pattern.test(start))?.[0];
}

/** The start of the first line of bytes that are text. */
export function firstLine(token: Uint8Array): string {
  const shown = 64;
  const text = Buffer.from(token.buffer, token.byteOffset, Math.min(token.byteLength, shown)).toString('latin1');
  return (/^[^\r\n]*/.exec(text) as RegExpExecArray)[0];
}

function framed(token: Uint8Array): TokenShape | undefined {
  const at = readHeader(token)?.size;
  if (at === undefined) return undefined;
  if (beginsWith(token, at, spnegoOid)) return { family: 'SPNEGO' };
  if (!beginsWith(token, at, kerberosOid)) return undefined;
  const id = at + kerberosOid.length;
  return { family: 'Kerberos', ...kerberosTypes[((token[id] ?? 0) << 8) | (token[id + 1] ?? 0)] };
}

/** A Kerberos message after its token id, without the framing. */
function unframedId(token: Uint8Array): number | undefined {
  const id = ((token[0] ?? 0) << 8) | (token[1] ?? 0);
  return kerberosTags[token[2] ?? 0] === id ? id : undefined;
}

function tls(token: Uint8Array, contentType: number): TokenShape {
  if (contentType === tlsHandshake) return { family: 'TLS', ...tlsHandshakes[token[5] ?? 0] };
  // An alert in plain text: two bytes.
  const isAlert = contentType === tlsAlert && token[3] === 0 && token[4] === 2;
  return isAlert && token[5] === fatal ? { family: 'TLS', refusal: true } : { family: 'TLS' };
}

function beginsWith(token: Uint8Array, at: number, start: Buffer): boolean {
  return start.every((byte, i) => token[at + i] === byte);
}
