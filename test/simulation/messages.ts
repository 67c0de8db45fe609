/** HTTP messages as clients write and read them. */

export interface Asked {
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
  readonly upgrade: boolean;
  readonly signsOn: SigningOn | undefined;
}

/**
 * Its token is genuine and completes a sign-on of its creator, so that nothing but a policy may refuse it: `'at once'` by itself,
 * or as the second leg of the handshake that the request with the number `after` began.
 */
export type SigningOn = 'at once' | { readonly after: number };

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export function serialize(id: number, { method, headers, body }: Asked): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} /r/${id} HTTP/1.1\r\n${lines}${length}\r\n${body ?? ''}`, 'latin1');
}

/** What has been received of a connection. */
export class AnswerReader {
  #received = '';

  feed(bytes: Buffer): void {
    this.#received += bytes.toString('latin1');
  }

  get isEmpty(): boolean {
    return this.#received === '';
  }

  /** The next answer, as soon as it is whole. */
  next(headOnly: boolean): Answer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1] ?? NaN);
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
    }
    const bodiless = headOnly || status < 200 || status === 204 || status === 304;
    const found = bodiless ? { body: '', next: end + 4 } : this.#body(headers, end + 4);
    if (found === undefined) return undefined;
    this.#received = this.#received.slice(found.next);
    return { status, headers, body: found.body };
  }

  #body(headers: ReadonlyMap<string, readonly string[]>, from: number): { body: string; next: number } | undefined {
    if (headers.get('transfer-encoding')?.[0] !== 'chunked') {
      const length = Number(headers.get('content-length')?.[0] ?? 0);
      const next = from + length;
      return this.#received.length < next ? undefined : { body: this.#received.slice(from, next), next };
    }
    let body = '';
    for (let at = from; ;) {
      const lineEnd = this.#received.indexOf('\r\n', at);
      if (lineEnd < 0) return undefined;
      const size = parseInt(this.#received.slice(at, lineEnd), 16);
      const next = lineEnd + 2 + size + 2;
      if (this.#received.length < next) return undefined;
      if (size === 0) return { body, next };
      body += this.#received.slice(lineEnd + 2, lineEnd + 2 + size);
      at = next;
    }
  }

  /** A line of an upgraded connection. */
  line(): string | undefined {
    const end = this.#received.indexOf('\n');
    if (end < 0) return undefined;
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 1);
    return line;
  }
}
