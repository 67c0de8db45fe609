/** Calls on one context: one at a time, in the order in which they were made. */
export class CallLine {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** A call runs, on another thread or on this one. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Runs `work` when all earlier calls have returned: at once if there are none. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#startNext();
    }
  }

  /** Runs `work` on this thread; calls that it makes wait until it has returned. Only for a line that is not busy. */
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
    // The line stays busy from one call to the next: nothing gets in between.
    if (next === undefined) this.#busy = false;
    else next();
  }
}
