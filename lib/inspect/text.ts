import { InspectError } from './error';

/** Enough for the largest input in hex with separators. */
export const maxTextLength = 64 * 1024 * 1024;

/** One header, or the value of one, found in a text. */
export interface HeaderText {
  /** Absent when the text begins with the scheme. */
  readonly name?: string;
  readonly value: string;
  /** Where the value begins in the text, in characters. */
  readonly offset: number;
}

const byteOrderMark = '\ufeff';

const headerLine =
  /^([<>][ \t]*)?((?:www|proxy)-authenticate|(?:proxy-)?authorization|(?:proxy-)?authentication-info)[ \t]*:/i;
const schemeFirst = /^(?:negotiate|nego2|ntlm|kerberos|basic|bearer|digest)(?=[\s,]|$)/i;

/**
 * Finds the authentication headers of a text: one line, or many as `curl -v` and browsers show them, without other headers.
 * Values that are folded over several lines are read completely. Undefined if the text is not a header.
 */
export function findHeaders(text: string): HeaderText[] | undefined {
  const headers: HeaderText[] = [];
  const begin = text.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  let start = /authenticat|authoriz/i.test(text) ? begin : text.length;
  while (start < text.length) {
    let end = endOfLine(text, start);
    const indent = countBlanks(text, start, end);
    const found = headerLine.exec(text.slice(indent, Math.min(end, indent + 80)));
    if (found !== null) {
      const offset = indent + found[0].length;
      const marker = found[1]?.charAt(0);
      end = endOfValue(text, { offset, end, indent: indent - start, marker });
      const value = text.slice(offset, end);
      // curl's marker before a folded line is not part of the value.
      const unmarked =
        marker === undefined ? value : value.replace(/\n[ \t]*[<>]/g, (mark) => mark.replace(/[<>]/, ' '));
      headers.push({ name: found[2] as string, value: unmarked, offset });
    }
    start = end + 1;
  }
  if (headers.length > 0) return headers;
  const indent = countBlanks(text, begin, text.length);
  if (!schemeFirst.test(text.slice(indent, indent + 20))) return undefined;
  return [{ value: text.slice(indent), offset: indent }];
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline;
}

/** The first line of a header: where its value begins and the line ends, how far it is indented, and curl's `<` or `>`. */
interface FirstLine {
  readonly offset: number;
  readonly end: number;
  readonly indent: number;
  readonly marker: string | undefined;
}

const otherHeader = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:/;
const base64Line = /^[A-Za-z0-9+/_-]+={0,2}$/;
const endsInScheme = /(?:^|[\s,])(?:negotiate|nego2|ntlm|kerberos|basic|bearer)\s*$/i;
const endsInToken = /(?:^|[\s,])(?:negotiate|nego2|ntlm|kerberos|basic|bearer)[ \t]+[\w+/-]+\s*$/i;
/** A line of base64 that is longer than the name of any scheme. */
const longLine = 24;

/**
 * The end of the last line of a value. A line that is indented further than the header goes on with its value (the obsolete
 * folding of RFC 9112 section 5.2). So does a line of base64 alone, as a window or a mail wraps it, after a token that has no
 * padding yet; and a value that begins on the line after the header's name, as browsers copy it.
 */
function endOfValue(text: string, { offset, end, indent, marker }: FirstLine): number {
  let last = end;
  let line = text.slice(offset, end);
  let inToken = endsInToken.test(line);
  while (last < text.length) {
    let start = last + 1;
    const stop = endOfLine(text, start);
    if (marker !== undefined && text.startsWith(marker, start)) start += text[start + 1] === ' ' ? 2 : 1;
    const first = countBlanks(text, start, stop);
    const next = text.slice(first, stop).trimEnd();
    if (next === '' || otherHeader.test(next.slice(0, 80))) break;
    const isBase64 = base64Line.test(next);
    const isFolded = first - start > indent;
    const isWrapped = isBase64 && (inToken || (next.length > longLine && endsInScheme.test(line)));
    const isBelow = last === end && line.trim() === '' && schemeFirst.test(next.slice(0, 20));
    if (!isFolded && !isWrapped && !isBelow) break;
    inToken = isBase64 ? !next.endsWith('=') : endsInToken.test(next);
    line = next;
    last = stop;
  }
  return last;
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
    if (behind !== -1) fail('base64 that continues after its padding', padding + behind);
  }
  const compact = text.replace(/[\s=]+/g, '');
  if (compact.length % 4 === 1) fail('base64 that is incomplete: one character is left over', text.length);
  return Buffer.from(compact, 'base64');
}
