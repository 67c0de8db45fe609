/** bench/native/cbench.c, running beside this process and making one round of calls whenever it is asked to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class CProgram {
  #child;
  #lines;

  /** @param {readonly string[]} args see bench/native/README.md */
  constructor(args) {
    this.#child = spawn(process.env.SSPI_CBENCH, [...args, '--on-demand'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Asks for one round.
   * @param {number} reports how many lines a round prints
   * @returns {Promise<object[]>} what they say
   */
  async round(reports) {
    this.#child.stdin.write('\n');
    const round = [];
    while (round.length < reports) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`${process.env.SSPI_CBENCH} ended with exit code ${this.#child.exitCode}`);
      round.push(JSON.parse(value));
    }
    return round;
  }

  async end() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
