/**
 * Runs so many pieces of work at once and no more, and of one kind fewer still, so that a kind that hangs does not hold up
 * the others. What waits is begun in order, but for kinds that run to their limit.
 */
export class Lanes {
  readonly #mostOfAKind: number;
  readonly #running = new Map<string, number>();
  readonly #waiting: { readonly kind: string; readonly start: () => void }[] = [];
  #free: number;

  constructor(most: number, mostOfAKind: number = most) {
    this.#mostOfAKind = mostOfAKind;
    this.#free = most;
  }

  async run<T>(kind: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayStart(kind)) this.#take(kind);
    else await new Promise<void>((start) => this.#waiting.push({ kind, start }));
    try {
      return await work();
    } finally {
      this.#giveBack(kind);
    }
  }

  #mayStart(kind: string): boolean {
    return this.#free > 0 && (this.#running.get(kind) ?? 0) < this.#mostOfAKind;
  }

  #take(kind: string): void {
    this.#free--;
    this.#running.set(kind, (this.#running.get(kind) ?? 0) + 1);
  }

  #giveBack(kind: string): void {
    this.#free++;
    const running = (this.#running.get(kind) ?? 0) - 1;
    if (running > 0) this.#running.set(kind, running);
    else this.#running.delete(kind);
    const at = this.#waiting.findIndex((next) => this.#mayStart(next.kind));
    if (at < 0) return;
    const [next] = this.#waiting.splice(at, 1);
    if (next === undefined) return;
    // Taken before it runs: nobody gets in between.
    this.#take(next.kind);
    next.start();
  }
}
