/** How long the peer may take for its next token. The timer keeps no process alive. */
export class PeerTimer {
  readonly #limit: number | undefined;
  readonly #over: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param limit Milliseconds; undefined for no limit. */
  constructor(limit: number | undefined, over: (message: string) => void) {
    this.#limit = limit;
    this.#over = over;
  }

  /** The wait for the next token begins, anew if it was under way. */
  begin(): void {
    this.end();
    const limit = this.#limit;
    if (limit === undefined) return;
    this.#timer = setTimeout(() => {
      this.#over(`The peer sent no token within ${limit} ms.`);
    }, limit);
    this.#timer.unref();
  }

  /** The token came, or is waited for no longer. */
  end(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
