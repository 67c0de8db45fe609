import { tokenReader } from './dispatch';
import { Cursor, type Trail } from './reading';
import type { DecodedToken } from './types';

/** The largest input, in bytes. Tokens are far smaller: SSPI's own limit is 64 KiB. */
const maxBytes = 16 * 1024 * 1024;

/** Decodes one token as `key` of what the trail is in. */
export function decodeBytes(bytes: Buffer, reveal: boolean, trail: Trail, key = ''): DecodedToken {
  if (bytes.length === 0) trail.fail('ERR_SSPI_INSPECT_TRUNCATED', 'no bytes at all', 0, key);
  if (bytes.length > maxBytes)
    trail.fail('ERR_SSPI_INSPECT_LIMIT', `${bytes.length} bytes, where ${maxBytes} are the most`, 0, key);
  const token = tokenReader.readToken(cursorOver(bytes, reveal, trail), key);
  trail.checkCut(key, token);
  if (token !== undefined) return token;
  const start = bytes.toString('hex', 0, 4);
  return trail.fail('ERR_SSPI_INSPECT_UNKNOWN_TOKEN', `no known token begins like this (${start})`, 0, key);
}

/** A cursor at the start of the bytes, for tokens of every family. */
export function cursorOver(bytes: Buffer, reveal: boolean, trail: Trail): Cursor {
  return new Cursor({ bytes, reveal, trail, tokens: tokenReader }, 0, bytes.length);
}
