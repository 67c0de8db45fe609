import { bytesOf } from './bytes';
import { InspectError } from './error';
import { bytesOfText, decodeBase64, findHeaders } from './text';

const sspiToken = /(?:^|[\s,])(?:negotiate|nego2|ntlm|kerberos)\s([^,]+)/gi;

/** The bytes of one token, in any of the forms that `decode` accepts; if a header contains several, the first. */
export function tokenBytes(input: unknown, what: string): Buffer {
  if (typeof input === 'string') {
    const headers = findHeaders(input);
    if (headers === undefined) return bytesOfText(input);
    for (const { value, offset } of headers) {
      // A token may be folded over several lines; it ends with its element of the list.
      for (const { index, 0: found, 1: token = '' } of value.matchAll(sspiToken)) {
        if (token.trim() !== '') return decodeBase64(token, offset + index + found.length - token.length);
      }
    }
    throw new InspectError('ERR_SSPI_INSPECT_ENCODING', 'the header has no token', 0);
  }
  return bytesOf(input, what);
}
