/** The heads of HTTP/1.1 messages (RFC 9112), for connections that are read and written by hand. */
import { WireError } from './wire-error';

/** A field as it was sent. */
export type HeadField = readonly [name: string, value: string];

export interface ResponseHead {
  readonly version: '1.0' | '1.1';
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly HeadField[];
}

export interface RequestHead {
  readonly method: string;
  /** The request target: a path, or a whole URL for a proxy. */
  readonly target: string;
  readonly version: string;
  readonly fields: readonly HeadField[];
}

const lineEnd = '\r\n';
const headEnd = Buffer.from('\r\n\r\n');

/** Collects bytes until a head is complete. */
export class HeadCollector {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  /** @param limit How many bytes a head may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True after the first byte of a head that is not complete. */
  get begun(): boolean {
    return this.#length > 0;
  }

  /**
   * @returns The head without its empty line, and the bytes after it; undefined while bytes are missing.
   * @throws WireError for a head that is too long.
   */
  take(bytes: Buffer): { readonly head: Buffer; readonly rest: Buffer } | undefined {
    const [only] = this.#chunks;
    const all = only === undefined ? bytes : Buffer.concat([...this.#chunks, bytes]);
    const end = all.indexOf(headEnd, Math.max(0, this.#length - headEnd.length + 1));
    if (end > this.#limit || (end < 0 && all.length > this.#limit)) {
      throw new WireError(`the head of the message is longer than ${this.#limit} bytes`);
    }
    this.#chunks = end < 0 ? [all] : [];
    this.#length = end < 0 ? all.length : 0;
    return end < 0 ? undefined : { head: all.subarray(0, end), rest: all.subarray(end + headEnd.length) };
  }
}

/** @throws WireError for what is no response of HTTP/1.0 or HTTP/1.1. */
export function parseResponseHead(head: Buffer): ResponseHead {
  const [statusLine = '', ...lines] = head.toString('latin1').split(lineEnd);
  const [, version, status, reason] = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/.exec(statusLine) ?? [];
  if (version === undefined) throw new WireError('the answer does not begin with a status line of HTTP/1.1');
  return { version: version as '1.0' | '1.1', status: Number(status), reason: reason ?? '', fields: fieldsOf(lines) };
}

/** @throws WireError for what is no request of HTTP/1.1. */
export function parseRequestHead(head: Buffer): RequestHead {
  const [requestLine = '', ...lines] = head.toString('latin1').split(lineEnd);
  const [, method, target, version] = /^(\S+) (\S+) (HTTP\/1\.[01])$/.exec(requestLine) ?? [];
  if (method === undefined) throw new WireError('the message does not begin with a request line of HTTP/1.1');
  return { method, target: target as string, version: version as string, fields: fieldsOf(lines) };
}

/** The text of a head, with its empty line. */
export function writeRequestHead({ method, target, version, fields }: RequestHead): string {
  return [`${method} ${target} ${version}`, ...fields.map(([name, value]) => `${name}: ${value}`), lineEnd].join(
    lineEnd,
  );
}

/** The text of a response's head, after which the connection ends. */
export function withConnectionClose({ version, status, reason, fields }: ResponseHead): string {
  const ending: HeadField[] = [...withoutFields(fields, 'connection', 'keep-alive'), ['Connection', 'close']];
  const lines = ending.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/${version} ${status} ${reason}`, ...lines, lineEnd].join(lineEnd);
}

/** The values of the fields of this name, in lower case, one for each line. */
export function fieldValues({ fields }: { readonly fields: readonly HeadField[] }, name: string): string[] {
  return fields.flatMap(([each, value]) => (each.toLowerCase() === name ? [value] : []));
}

/** The fields without those of these names, in lower case. */
export function withoutFields(fields: readonly HeadField[], ...names: readonly string[]): HeadField[] {
  return fields.filter(([name]) => !names.includes(name.toLowerCase()));
}

/** True if a comma-separated field has this member, in lower case, such as `close` in Connection. */
export function hasMember(head: { readonly fields: readonly HeadField[] }, name: string, member: string): boolean {
  return fieldValues(head, name).some((value) => value.split(',').some((each) => each.trim().toLowerCase() === member));
}

/** Does the connection end after this message (RFC 9112, section 9.3)? */
export function endsConnection(head: ResponseHead): boolean {
  if (hasMember(head, 'connection', 'close')) return true;
  return head.version === '1.0' && !hasMember(head, 'connection', 'keep-alive');
}

function fieldsOf(lines: readonly string[]): HeadField[] {
  return lines.map((line) => {
    // A blank before the colon, or a line that continues the one before it, is how requests are smuggled (RFC 9112, 5.1 and 5.2).
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
    if (name === undefined || value === undefined || /[\0\r\n]/.test(value)) {
      throw new WireError('the message has a field that cannot be read');
    }
    return [name, value];
  });
}
