import { ntlmChannelBindings } from './bindings-hash';
import type { ChannelBindings } from './channel-bindings-types';
import type { Cursor } from './reading';
import type { Draft } from './values';

const headerSize = 32;
const gssHeaderSize = 20;

/** Channel bindings without addresses; undefined if the lengths are inconsistent, because these bytes have no other mark. */
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
