/** The total of the whole run, and the line that reports it. */
export class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  /** @type {string[]} */
  #notes = [];

  /** One line for a suite that ran. */
  ran(name, { passed, failed, skipped }, seconds) {
    this.#passed += passed;
    this.#failed += failed;
    this.#skipped += skipped;
    const parts = [`${passed} passed`, failed > 0 && `${failed} FAILED`, skipped > 0 && `${skipped} skipped`];
    console.log(`${failed > 0 ? '✗' : '✓'} ${name}: ${parts.filter(Boolean).join(', ')} (${seconds.toFixed(1)} s)`);
    if (failed > 0) this.#notes.push(`FAILED  ${name}`);
  }

  /** One conspicuous line for a suite that could not run. */
  couldNotRun(name, reason, tests = 1) {
    this.#skipped += Math.max(1, tests);
    console.log(`! SKIPPED ${name}: ${reason}`);
    this.#notes.push(`SKIPPED ${name}: ${reason}`);
  }

  get isGood() {
    return this.#failed === 0;
  }

  /** The last line of the run, for people and for machines. */
  finish() {
    if (this.#notes.length > 0) console.log(`\n${this.#notes.join('\n')}`);
    console.log(`\n${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`);
  }
}
