import { ntlmChannelBindings } from './bindings-hash';
import type { Cursor } from './reading';
import type { TokenBase } from './types';
import type { Draft, Hex } from './values';

/** Channel bindings as they are given to SSPI, or as NTLM hashes them. */
export interface ChannelBindings extends TokenBase {
  readonly kind: 'channel-bindings';
  /**
   * - `SEC_CHANNEL_BINDINGS`: a header of 32 bytes with offsets, then the data (SSPI).
   * - `gss_channel_bindings_struct`: lengths and data in a row, 20 bytes of them before the data (GSS-API).
   */
  readonly layout: 'SEC_CHANNEL_BINDINGS' | 'gss_channel_bindings_struct';
  /** What stands before the colon, such as `tls-server-end-point`; absent where there is no such name. */
  readonly type?: string;
  /** What stands behind the name, or all of the application data. */
  readonly data: Hex;
  /** What NTLM's MsvAvChannelBindings has for it: the MD5 hash. */
  readonly ntlmChannelBindings: Hex;
}

const headerSize = 32;
const gssHeaderSize = 20;

/** Channel bindings without addresses; undefined where the lengths do not fit, as these bytes carry no other mark. */
export function readChannelBindings(c: Cursor, key: string): ChannelBindings | undefined {
  if (c.left < gssHeaderSize || !c.isZero(16)) return undefined;
  const { bytes, position: start } = c;
  const total = c.left;
  let data: Cursor | undefined;
  let layout: ChannelBindings['layout'] = 'gss_channel_bindings_struct';
  if (bytes.readUInt32LE(start + 16) === total - gssHeaderSize) {
    c.skip(gssHeaderSize, key);
    data = c.take(total - gssHeaderSize, key);
  } else if (total >= headerSize) {
    const length = bytes.readUInt32LE(start + 24);
    const offset = bytes.readUInt32LE(start + 28);
    if (offset < headerSize || offset + length !== total) return undefined;
    layout = 'SEC_CHANNEL_BINDINGS';
    c.skip(offset, key);
    data = c.take(length, key);
  }
  if (data === undefined) return undefined;
  const hash = ntlmChannelBindings(bytes.subarray(data.position, data.end));
  const token: Draft<ChannelBindings> = { kind: 'channel-bindings', offset: start, length: total, layout, notes: [] };
  const name = /^([a-z0-9-]{1,32}):/.exec(
    bytes.toString('latin1', data.position, Math.min(data.position + 33, data.end)),
  )?.[1];
  if (name !== undefined) {
    token.type = name;
    data.skip(name.length + 1, key);
  }
  token.data = data.hex(data.left, key);
  token.ntlmChannelBindings = hash;
  return token as ChannelBindings;
}
