import { tokenReader } from './dispatch';
import { Cursor, type DecodePath } from './reading';
import type { DecodedToken } from './types';

/** The largest input, in bytes. Tokens are far smaller: SSPI's own limit is 64 KiB. */
const maxBytes = 16 * 1024 * 1024;

/** Decodes one token as `key` of the structure that the path has reached. */
export function decodeBytes(bytes: Buffer, reveal: boolean, path: DecodePath, key = ''): DecodedToken {
  if (bytes.length === 0) path.fail('ERR_SSPI_INSPECT_TRUNCATED', 'no bytes at all', 0, key);
  if (bytes.length > maxBytes)
    path.fail('ERR_SSPI_INSPECT_LIMIT', `${bytes.length} bytes, but the maximum is ${maxBytes}`, 0, key);
  const token = tokenReader.readToken(cursorOver(bytes, reveal, path), key);
  path.checkCut(key, token);
  if (token !== undefined) return token;
  const start = bytes.toString('hex', 0, 4);
  return path.fail('ERR_SSPI_INSPECT_UNKNOWN_TOKEN', `not the start of any known token (${start})`, 0, key);
}

/** A cursor at the start of the bytes, for tokens of every family. */
export function cursorOver(bytes: Buffer, reveal: boolean, path: DecodePath): Cursor {
  return new Cursor({ bytes, reveal, path, tokens: tokenReader }, 0, bytes.length);
}
