import { InspectError } from './error';

/** Room for the largest input in hex with separators. */
export const maxTextLength = 64 * 1024 * 1024;

/** One header, or the value of one, found in a text. */
export interface HeaderText {
  /** Absent when the text begins with the scheme. */
  readonly name?: string;
  readonly value: string;
  /** Where the value begins in the text, in characters. */
  readonly offset: number;
}

const headerLine =
  /^([<>][ \t]*)?((?:www|proxy)-authenticate|(?:proxy-)?authorization|(?:proxy-)?authentication-info)[ \t]*:/i;
const schemeFirst = /^(?:negotiate|nego2|ntlm|kerberos|basic|bearer|digest)(?=[\s,]|$)/i;

/**
 * Finds the authentication headers of a text: one line, or many as `curl -v` and browsers show them, other headers left
 * out. Undefined when the text is no header at all.
 */
export function findHeaders(text: string): HeaderText[] | undefined {
  const headers: HeaderText[] = [];
  let start = /authenticat|authoriz/i.test(text) ? 0 : text.length;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const indent = countBlanks(text, start, end);
    const found = headerLine.exec(text.slice(indent, Math.min(end, indent + 80)));
    if (found !== null) {
      const offset = indent + found[0].length;
      headers.push({ name: found[2] as string, value: text.slice(offset, end), offset });
    }
    start = end + 1;
  }
  if (headers.length > 0) return headers;
  const indent = countBlanks(text, 0, text.length);
  if (!schemeFirst.test(text.slice(indent, indent + 20))) return undefined;
  return [{ value: text.slice(indent), offset: indent }];
}

function countBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** The bytes that hex, base64 or PEM stand for. */
export function bytesOfText(text: string): Buffer {
  const pem = pemBody(text);
  if (pem !== undefined) return decodeBase64(text.slice(pem.start, pem.end), pem.start);
  const digits = text.replace(/\\x|0x|[\s:,;-]+/gi, '');
  if (digits === '') throw new InspectError('ERR_SSPI_INSPECT_ENCODING', 'no text at all', 0);
  // The base64 of every known token has a letter that is no hex digit among its first three.
  if (!/^[0-9a-f]+$/i.test(digits)) return decodeBase64(text, 0);
  if (digits.length % 2 !== 0) {
    throw new InspectError('ERR_SSPI_INSPECT_ENCODING', `an odd number of hex digits (${digits.length})`, text.length);
  }
  return Buffer.from(digits, 'hex');
}

function pemBody(text: string): { start: number; end: number } | undefined {
  const begin = text.indexOf('-----BEGIN ');
  if (begin === -1) return undefined;
  const dashes = text.indexOf('-----', begin + 11);
  const end = text.indexOf('-----END ', dashes);
  return dashes === -1 || end === -1 ? undefined : { start: dashes + 5, end };
}

/**
 * Decodes base64 in either alphabet, padded or not, and refuses what `Buffer.from` would skip.
 * @param offset Where `text` begins in the whole input.
 */
export function decodeBase64(text: string, offset: number): Buffer {
  const fail = (reason: string, at: number): never => {
    throw new InspectError('ERR_SSPI_INSPECT_ENCODING', reason, offset + at);
  };
  const strange = text.search(/[^A-Za-z0-9+/_=\s-]/);
  if (strange !== -1) fail('neither base64, nor hex, nor an authentication header', strange);
  const padding = text.indexOf('=');
  if (padding !== -1) {
    const behind = text.slice(padding).search(/[^=\s]/);
    if (behind !== -1) fail('base64 that goes on behind its padding', padding + behind);
  }
  const compact = text.replace(/[\s=]+/g, '');
  if (compact.length % 4 === 1) fail('base64 that is cut short: one character is left over', text.length);
  return Buffer.from(compact, 'base64');
}
