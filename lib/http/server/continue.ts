import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests with `Expect: 100-continue`, whose clients keep the body back until they are told to send it. */
export class HeldContinues {
  readonly #held = new WeakMap<IncomingMessage, ServerResponse>();

  hold(request: IncomingMessage, response: ServerResponse): void {
    this.#held.set(request, response);
  }

  /** Whoever judges the request takes this over: it sends the 100. Undefined where no client waits for one. */
  claim(request: IncomingMessage): (() => void) | undefined {
    const response = this.#held.get(request);
    if (response === undefined) return undefined;
    this.#held.delete(request);
    return () => response.writeContinue();
  }

  /** Nobody has claimed it: the client is told to go on, as Node itself does. */
  release(request: IncomingMessage): void {
    const response = this.#held.get(request);
    this.#held.delete(request);
    if (response !== undefined && !response.headersSent) response.writeContinue();
  }
}
