import { bytesOf } from './bytes';
import { InspectError } from './error';
import { bytesOfText, decodeBase64, findHeaders } from './text';

/** The bytes of one token, given in any of the forms that `decode` takes; of several in a header, the first. */
export function tokenBytes(input: unknown, what: string): Buffer {
  if (typeof input === 'string') {
    const headers = findHeaders(input);
    if (headers === undefined) return bytesOfText(input);
    for (const { value, offset } of headers) {
      const found = /(?:^|[\s,])(?:negotiate|nego2|ntlm|kerberos)[ \t]+([^\s,]+)/i.exec(value);
      if (found !== null)
        return decodeBase64(found[1] as string, offset + found.index + found[0].length - (found[1] as string).length);
    }
    throw new InspectError('ERR_SSPI_INSPECT_ENCODING', 'the header has no token', 0);
  }
  return bytesOf(input, what);
}
