import type { Clock, Timer } from '#lib/http/server/clock';

interface Entry {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that advances only when the simulation says so. */
export class SimulatedClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Entry>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Timer {
    const entry = { due: this.#now + milliseconds, callback };
    this.#timers.add(entry);
    return { cancel: () => void this.#timers.delete(entry) };
  }

  /** How many timers are running. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer ends; undefined without timers. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const { due } of this.#timers) next = next === undefined ? due : Math.min(next, due);
    return next;
  }

  /** Runs the timers that end until `moment`, in the order in which they end. */
  advanceTo(moment: number): void {
    for (;;) {
      let first: Entry | undefined;
      for (const entry of this.#timers) {
        if (entry.due <= moment && (first === undefined || entry.due < first.due)) first = entry;
      }
      if (first === undefined) break;
      this.#timers.delete(first);
      this.#now = Math.max(this.#now, first.due);
      first.callback();
    }
    this.#now = Math.max(this.#now, moment);
  }
}
