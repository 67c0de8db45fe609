/** Calls on one context: one at a time, in the order in which they were made. */
export class CallLine {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** True while a call is running, on another thread or on this one. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Runs `work` after all earlier calls have returned; at once if there are none. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#startNext();
    }
  }

  /** Runs `work` on this thread; calls that it makes wait until it has returned. Only allowed while the line is not busy. */
  runNow<T>(work: () => T): T {
    this.#busy = true;
    try {
      return work();
    } finally {
      this.#startNext();
    }
  }

  #startNext(): void {
    const next = this.#waiting.shift();
    // The line stays busy from one call to the next, so that nothing can get in between.
    if (next === undefined) this.#busy = false;
    else next();
  }
}
