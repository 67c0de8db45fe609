import { BodyReader, framingOfRequest } from '#lib/wire/http-body';
import { fieldValues, HeadCollector, parseRequestHead, type RequestHead } from '#lib/wire/http-head';

export interface ReadRequest {
  readonly head: RequestHead;
  /** As it came: with the sizes of chunks. */
  body: string;
}

/** Follows the requests on a connection. */
export class RequestReader {
  readonly #onHead: (request: ReadRequest) => void;
  readonly #onEnd: (request: ReadRequest) => void;
  #collector = new HeadCollector(1024 * 1024);
  #current: { readonly request: ReadRequest; readonly body: BodyReader } | undefined;
  #stopped = false;

  constructor(onHead: (request: ReadRequest) => void, onEnd: (request: ReadRequest) => void = () => undefined) {
    this.#onHead = onHead;
    this.#onEnd = onEnd;
  }

  /** What comes from now on is no HTTP. */
  stop(): void {
    this.#stopped = true;
  }

  /** @returns What came after `stop()`. @throws WireError */
  feed(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length > 0 && !this.#stopped) {
      if (this.#current === undefined) {
        const found = this.#collector.take(rest);
        if (found === undefined) return Buffer.alloc(0);
        const head = parseRequestHead(found.head);
        const request = { head, body: '' };
        this.#current = { request, body: new BodyReader(framingOfRequest(head)) };
        rest = found.rest;
        this.#onHead(request);
      } else {
        const { request, body } = this.#current;
        const taken = body.take(rest);
        request.body += rest.toString('latin1', 0, taken);
        rest = rest.subarray(taken);
      }
      const { request, body } = this.#current;
      if (!body.done) continue;
      this.#current = undefined;
      this.#onEnd(request);
    }
    return rest;
  }
}

/** The number of the program's request. */
export function numberOf({ target }: RequestHead): number | undefined {
  const [, id] = /\/r\/(\d+)$/.exec(target) ?? [];
  return id === undefined ? undefined : Number(id);
}

export const valuesOf = (head: RequestHead, field: string): readonly string[] => fieldValues(head, field);
