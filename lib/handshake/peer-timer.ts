/** How long the peer may take for its next token. The timer does not keep the process alive. */
export class PeerTimer {
  readonly #limit: number | undefined;
  readonly #over: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param limit Milliseconds; undefined for no limit. */
  constructor(limit: number | undefined, over: (message: string) => void) {
    this.#limit = limit;
    this.#over = over;
  }

  /** Starts the wait for the next token, or restarts it. */
  begin(): void {
    this.end();
    const limit = this.#limit;
    if (limit === undefined) return;
    this.#timer = setTimeout(() => {
      this.#over(`The peer sent no token within ${limit} ms.`);
    }, limit);
    this.#timer.unref();
  }

  /** The token arrived, or is no longer expected. */
  end(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
