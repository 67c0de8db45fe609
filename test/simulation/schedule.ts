import type { Random } from './random';

interface Task {
  readonly label: string;
  readonly run: () => void;
}

/**
 * What can happen next. Whatever would wait for a network, a thread or a person in reality is a task here, and the seed chooses
 * which task comes next.
 */
export class Schedule {
  /** The tasks that have run and the notes, in order. */
  readonly trace: string[] = [];
  readonly #random: Random;
  readonly #tasks: Task[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.#tasks.length === 0;
  }

  add(label: string, run: () => void): void {
    this.#tasks.push({ label, run });
  }

  /** Resolves when the seed says so. */
  pause(label: string): Promise<void> {
    return new Promise((resolve) => this.add(label, resolve));
  }

  note(text: string): void {
    this.trace.push(text);
  }

  /** Runs one task, and everything that it causes at once. */
  async step(): Promise<void> {
    const at = this.#random.below(this.#tasks.length);
    const task = this.#tasks[at] as Task;
    const last = this.#tasks.pop() as Task;
    if (at < this.#tasks.length) this.#tasks[at] = last;
    this.trace.push(task.label);
    task.run();
    await drained();
  }
}

/** Resolves when nothing is left to run in this turn of the event loop: no microtask and no process.nextTick. */
export function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
