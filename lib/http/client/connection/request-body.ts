import { BodyReader, type Framing } from '../../../wire/http-body';
import { WireError } from '../../../wire/wire-error';
import type { Writable } from 'node:stream';

type Done = (error?: Error | null) => void;

/** As many bytes of a stream are kept, so that they can be sent again. What a program passes as a whole is kept as a whole. */
const replayLimit = 256 * 1024;

/** The body of one request: held back until it may be sent, and kept as long as it is small. */
export class RequestBody {
  readonly #reader: BodyReader;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** False once a byte is gone. */
  #whole = true;
  #sink: Writable | 'nowhere' | undefined;
  /** The client's writes that wait until the body flows. */
  #held: Done[] = [];
  #onProgress: (() => void) | undefined;

  constructor(framing: Framing) {
    this.#reader = new BodyReader(framing);
  }

  /** Has all of it been received from the client? */
  get complete(): boolean {
    return this.#reader.done;
  }

  /** Can it still be sent from its beginning? */
  get canReplay(): boolean {
    return this.#whole;
  }

  /** Has a part of it been sent on this connection? */
  get flowing(): boolean {
    return this.#sink !== undefined;
  }

  /** Takes bytes of the client. @throws WireError for bytes after the end. */
  write(bytes: Buffer, done: Done): void {
    if (this.#reader.take(bytes) < bytes.length) {
      throw new WireError('the client sent another request before the answer to this one');
    }
    this.#keep(bytes);
    if (this.#sink === 'nowhere') done();
    else if (this.#sink !== undefined) this.#pass(this.#sink, bytes, done);
    else if (this.#keptBytes > replayLimit && !this.complete) this.#held.push(done);
    else done();
    this.#onProgress?.();
  }

  /** Sends what there is, and all that comes. */
  flow(sink: Writable): void {
    for (const chunk of this.#kept) sink.write(chunk);
    this.#begin(sink);
  }

  /** Nobody wants it any more. */
  discard(): void {
    this.#whole = false;
    this.#begin('nowhere');
  }

  /** The answer is there: nothing will be sent again. */
  release(): void {
    this.#forget();
  }

  /** Holds back what comes, until it flows again. */
  hold(): void {
    this.#sink = undefined;
  }

  /** Waits a moment for the end: what a program passes as a whole is there at once, and a stream is not. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2 && !this.complete && this.#held.length === 0; turn++) {
      await new Promise<void>((resolve) => {
        const turned = setImmediate(() => {
          this.#onProgress = undefined;
          resolve();
        });
        this.#onProgress = () => {
          if (!this.complete && this.#held.length === 0) return;
          clearImmediate(turned);
          this.#onProgress = undefined;
          resolve();
        };
      });
    }
  }

  /** What was written to a connection that has been given up is written again to the next one. */
  #pass(sink: Writable, bytes: Buffer, done: Done): void {
    sink.write(bytes, (error) => done(this.#sink === sink ? error : null));
  }

  #begin(sink: Writable | 'nowhere'): void {
    this.#sink = sink;
    if (!this.#whole || (this.#keptBytes > replayLimit && !this.complete)) this.#forget();
    for (const held of this.#held.splice(0)) held();
  }

  #keep(bytes: Buffer): void {
    if (!this.#whole || bytes.length === 0) return;
    if (this.#sink !== undefined && this.#keptBytes + bytes.length > replayLimit) {
      this.#forget();
      return;
    }
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  #forget(): void {
    this.#whole = false;
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
