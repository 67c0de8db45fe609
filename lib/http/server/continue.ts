import type { IncomingMessage, ServerResponse } from 'node:http';

const held = Symbol('sspi.http.continue');

type Holding = IncomingMessage & { [held]?: ServerResponse | undefined };

/** Requests with `Expect: 100-continue`, whose clients keep the body back until they are told to send it. */
export class HeldContinues {
  hold(request: Holding, response: ServerResponse): void {
    request[held] = response;
  }

  /** Whoever judges the request takes this over: it sends the 100. Undefined where no client waits for one. */
  claim(request: Holding): (() => void) | undefined {
    const response = request[held];
    if (response === undefined) return undefined;
    request[held] = undefined;
    return () => response.writeContinue();
  }

  /** Nobody has claimed it: the client is told to go on, as Node itself does. */
  release(request: Holding): void {
    const response = request[held];
    request[held] = undefined;
    if (response !== undefined && !response.headersSent) response.writeContinue();
  }
}
