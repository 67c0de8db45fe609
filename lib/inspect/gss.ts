import { element, oid } from './der';
import { join, type Cursor } from './reading';
import { flagSet, info, named, nameOf, warning, type Draft, type Named, type Oid } from './values';
import type { GssMessageToken } from './gss-types';
import type { GssFraming } from './token-base';

export const gssFramingTag = 0x60;

/** Token ids: RFC 4121 section 4.1, RFC 1964 section 1.2, MS-KILE for user-to-user, and IAKERB's draft. */
const tokenIds: Readonly<Record<number, string>> = {
  0x0100: 'KRB_AP_REQ',
  0x0200: 'KRB_AP_REP',
  0x0300: 'KRB_ERROR',
  0x0400: 'KERB_TGT_REQUEST',
  0x0401: 'KERB_TGT_REPLY',
  0x0501: 'IAKERB_PROXY',
  0x0101: 'GSS_GetMIC (RFC 1964)',
  0x0201: 'GSS_Wrap (RFC 1964)',
  0x0102: 'GSS_Delete_sec_context (RFC 1964)',
  0x0404: 'GSS_GetMIC',
  0x0504: 'GSS_Wrap',
  0x0405: 'GSS_Delete_sec_context',
};

export const tokenId = (value: number): Named => named(value, tokenIds);

/** Reads `60 len 06 len OID` and returns the mechanism with a cursor over the token inside. */
export function readGssHeader(c: Cursor, key: string): { mechanism: Oid; inner: Cursor } {
  const inner = element(c, gssFramingTag, join(key, 'gss'));
  const mechanism = oid(inner, join(key, 'gss.mechanism'));
  return { mechanism, inner };
}

const messageFlags: readonly string[] = ['SentByAcceptor', 'Sealed', 'AcceptorSubkey'];
const sealed = 2;

/** A token of RFC 4121 section 4.2, which has no framing; the caller has seen its first two bytes. */
export function readCfxMessage(c: Cursor, key: string): GssMessageToken {
  const token = c.enter<Draft<GssMessageToken>>(key, { kind: 'gss-message', offset: c.position, format: 'RFC 4121' });
  const id = c.u16be('tokenId');
  token.type = id === 0x0504 ? 'wrap' : id === 0x0404 ? 'mic' : 'delete-context';
  const flags = flagSet(c.u8('flags'), messageFlags);
  token.flags = flags;
  const filler = c.position;
  if (c.u8('filler') !== 0xff) c.malformed('a filler byte that is not 0xff', filler, 'filler');
  if (token.type === 'wrap') {
    token.extraCount = c.u16be('extraCount');
    token.rightRotation = c.u16be('rightRotation');
  } else {
    c.skip(4, 'filler');
  }
  token.sequenceNumber = c.u64be('sequenceNumber');
  if (token.type === 'wrap') token.content = c.mask(c.left, 'content');
  else token.checksum = c.mask(c.left, 'checksum');
  const isPlain = token.type === 'wrap' && (flags.value & sealed) === 0;
  token.notes = isPlain ? [info('not encrypted: the content is plaintext with a checksum')] : [];
  return finish(c, token);
}

const signAlgorithms: Readonly<Record<number, string>> = {
  0x0000: 'DES MAC MD5',
  0x0100: 'MD2.5',
  0x0200: 'DES MAC',
  0x0400: 'HMAC SHA1 DES3-KD',
  0x1100: 'HMAC MD5 (RC4)',
};
const sealAlgorithms: Readonly<Record<number, string>> = {
  0x0000: 'DES',
  0x0200: 'DES3-KD',
  0x1000: 'RC4',
  0xffff: 'none',
};

/** A token of RFC 1964 section 1.2 inside GSS framing; also any other token of a mechanism that is only framed. */
export function readFramedMessage(c: Cursor, key: string, framing: GssFraming): GssMessageToken {
  const id = framing.tokenId?.value;
  const token = c.enter<Draft<GssMessageToken>>(key, {
    kind: 'gss-message',
    offset: c.position,
    gss: framing,
    type: id === 0x0101 ? 'mic' : id === 0x0201 ? 'wrap' : id === 0x0102 ? 'delete-context' : 'unknown',
    format: 'unknown',
  });
  if (token.type !== 'unknown') {
    token.format = 'RFC 1964';
    token.signAlgorithm = named(c.u16be('signAlgorithm'), signAlgorithms);
    const seal = c.u16be('sealAlgorithm');
    if (token.type === 'wrap') token.sealAlgorithm = named(seal, sealAlgorithms);
    c.skip(2, 'filler');
    c.skip(8, 'sequenceNumber');
    const size = token.signAlgorithm.value === 0x0400 ? 20 : 8;
    token.checksum = c.mask(size, 'checksum');
  }
  if (c.left > 0) token.content = c.mask(c.left, 'content');
  const algorithm = token.signAlgorithm;
  token.notes =
    algorithm === undefined
      ? []
      : [warning(`${nameOf(algorithm, 'algorithm')}: a weak algorithm of RFC 1964 or RFC 4757`)];
  return finish(c, token);
}

function finish(c: Cursor, token: Draft<GssMessageToken>): GssMessageToken {
  token.length = c.position - (token.offset as number);
  c.leave();
  return token as GssMessageToken;
}
