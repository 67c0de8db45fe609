import { context } from './der';
import { gssFramingTag, readCfxMessage, readFramedMessage, readGssHeader, tokenId } from './gss';
import { families } from './families';
import { join, type Cursor, type Expected, type TokenReader } from './reading';
import type { GssFraming, OpaqueToken } from './token-base';
import type { DecodedToken } from './types';
import { info, type Draft } from './values';

/** Kerberos' mechanisms, whose framing has a token id behind the OID. */
const withTokenId = new Set([
  '1.2.840.113554.1.2.2',
  '1.2.840.48018.1.2.2',
  '1.2.840.113554.1.2.2.3',
  '1.3.6.1.5.2.5',
  '1.3.6.1.5.2.7',
]);
const spnegoOid = '1.3.6.1.5.5.2';

export const tokenReader: TokenReader = { readToken, readNested };

function readToken(c: Cursor, key: string): DecodedToken | undefined {
  const token = c.peek() === gssFramingTag ? readFramed(c, key) : readBare(c, key);
  if (token !== undefined && c.left > 0) {
    (token as Draft<DecodedToken>).trailing = { offset: c.position, length: c.left };
    c.position = c.end;
  }
  return token;
}

function readNested(c: Cursor, key: string, expected: Expected): DecodedToken {
  if (expected === 'signature') {
    if (c.left === 16 && c.startsWith('\x01\0\0\0')) return families.ntlm().readNtlmSignature(c, key);
    if (c.startsWith('\x04\x04')) return readCfxMessage(c, key);
  }
  const isToken = expected === 'token' || c.startsWith('NTLMSSP\0') || fillsContainer(c);
  return (isToken ? readToken(c, key) : undefined) ?? readOpaque(c, key);
}

/** True for a DER element that ends where the cursor ends. */
function fillsContainer(c: Cursor): boolean {
  const first = c.peek(1);
  if (first < 0x80) return first + 2 === c.left;
  const size = first & 0x7f;
  let length = 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + c.peek(2 + i);
  return size <= 4 && 2 + size + length === c.left;
}

function readFramed(c: Cursor, key: string): DecodedToken {
  const start = c.position;
  const { mechanism, inner } = readGssHeader(c, key);
  let framing: GssFraming = { length: inner.position - start, mechanism };
  let token: DecodedToken | undefined;
  if (mechanism.oid === spnegoOid) {
    token = families.spnego().readSpnego(inner, key);
  } else if (withTokenId.has(mechanism.oid)) {
    const id = inner.u16be(join(key, 'gss.tokenId'));
    framing = { length: inner.position - start, mechanism, tokenId: tokenId(id) };
    token = readKerberosBody(inner, key, id);
  } else {
    token = readBare(inner, key);
  }
  token ??= readFramedMessage(inner, key, framing);
  const framed = token as Draft<DecodedToken>;
  framed.gss = framing;
  framed.offset = start;
  framed.length = (token.trailing?.offset ?? inner.position) - start;
  if (inner.left > 0) framed.trailing = { offset: inner.position, length: inner.left };
  return token;
}

/** What follows a token id inside GSS framing; undefined for ids that announce no message of Kerberos. */
function readKerberosBody(c: Cursor, key: string, id: number): DecodedToken | undefined {
  switch (id) {
    case 0x0100:
      return families.kerberos().readApReq(c, key);
    case 0x0200:
      return families.kerberos().readApRep(c, key);
    case 0x0300:
      return families.kerberosError().readError(c, key);
    case 0x0400:
      return families.kerberos().readTgtRequest(c, key);
    case 0x0401:
      return families.kerberos().readTgtReply(c, key);
    case 0x0501:
      return families.kdc().readIakerb(c, key);
    default:
      return undefined;
  }
}

function readBare(c: Cursor, key: string): DecodedToken | undefined {
  const first = c.peek();
  switch (first) {
    case 0x4e:
      return readSigned(c, key);
    case context(0):
    case context(1):
      return families.spnego().readSpnego(c, key);
    case 0x61:
      return families.kerberos().readTicket(c, key);
    case 0x6a:
    case 0x6c:
      return families.kdc().readKdcRequest(c, key);
    case 0x6b:
    case 0x6d:
      return families.kdc().readKdcReply(c, key);
    case 0x6e:
      return families.kerberos().readApReq(c, key);
    case 0x6f:
      return families.kerberos().readApRep(c, key);
    case 0x7e:
      return families.kerberosError().readError(c, key);
    case 0x30:
      return readSequence(c, key);
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x17:
    case 0x18:
      return c.peek(1) === 0x03 ? families.tls().readTls(c, key) : undefined;
    case 0x04:
    case 0x05:
      if (c.peek(1) === 0x04 || (first === 0x04 && c.peek(1) === 0x05)) return readCfxMessage(c, key);
      return readUnframed(c, key);
    case 0x01:
    case 0x02:
    case 0x03:
      return readUnframed(c, key);
    case 0x00:
      return families.channelBindings().readChannelBindings(c, key);
    default:
      return undefined;
  }
}

/** NTLM and NegoEx begin with eight letters. Fewer of them are a token cut short. */
function readSigned(c: Cursor, key: string): DecodedToken | undefined {
  if (c.startsWith('NTLMSSP\0')) return families.ntlm().readNtlm(c, key);
  if (c.startsWith('NEGOEXTS')) return families.negoex().readNegoEx(c, key);
  for (const signature of ['NTLMSSP\0', 'NEGOEXTS']) {
    if (c.left < signature.length && c.startsWith(signature.slice(0, c.left))) {
      c.overrun(signature.length, c.position, join(key, 'signature'));
    }
  }
  return undefined;
}

/** A Kerberos message behind its token id but without the framing, as some protocols carry it. */
function readUnframed(c: Cursor, key: string): DecodedToken | undefined {
  const id = (c.peek() << 8) | c.peek(1);
  const tag = c.peek(2);
  const fits = (id === 0x0100 && tag === 0x6e) || (id === 0x0200 && tag === 0x6f) || (id === 0x0300 && tag === 0x7e);
  if (!fits) return undefined;
  const start = c.position;
  c.position += 2;
  const token = readBare(c, key) as Draft<DecodedToken>;
  token.offset = start;
  token.length = (token.length as number) + 2;
  token.notes = [...(token.notes ?? []), info(`after the token id ${tokenId(id).name}, without GSS framing`)];
  return token as DecodedToken;
}

/** A SEQUENCE may be e-data, a message of user-to-user or a certificate. */
function readSequence(c: Cursor, key: string): DecodedToken | undefined {
  if (families.certificate().looksLikeCertificate(c)) return families.certificate().readCertificateToken(c, key);
  return families.kerberos().readTgtMessage(c, key) ?? families.kerberosError().readErrorData(c, key);
}

function readOpaque(c: Cursor, key: string): OpaqueToken {
  const start = c.position;
  const token = c.enter<Draft<OpaqueToken>>(key, { kind: 'opaque', offset: start, length: c.left });
  token.notes = c.left === 0 ? [info('empty: no bytes at all')] : [];
  const shown = Math.min(c.left, 4);
  token.preview = c.hex(shown, 'preview');
  c.position = start;
  token.content = c.mask(c.left, 'content');
  c.leave();
  return token as OpaqueToken;
}
