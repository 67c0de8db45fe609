import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The lines of a program's output, kept for whoever looks later, too. */
export class Lines {
  readonly all: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(stream: Readable) {
    createInterface({ input: stream })
      .on('line', (line) => {
        this.all.push(line);
        this.#wake();
      })
      .on('close', () => {
        this.#ended = true;
        this.#wake();
      });
  }

  /** The first line that matches, after so many others that do, once it is there. */
  async find(pattern: RegExp, skipped = 0): Promise<RegExpExecArray> {
    for (;;) {
      const matches = this.all.map((line) => pattern.exec(line)).filter((match) => match !== null);
      const match = matches[skipped];
      if (match !== undefined) return match;
      if (this.#ended) throw new Error(`no line matches ${String(pattern)}:\n${this.all.join('\n')}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
