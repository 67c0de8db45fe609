/**
 * The package in a process of its own, so that two versions of it can take turns: this checkout's, and with `--against`
 * another commit's.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';

export class Contender {
  /** What its figures are called: nothing for this checkout's, the other commit's name. */
  label;
  #child;

  /** @param {{ label: string, checkout: string }} version an empty `checkout` is this one */
  constructor({ label, checkout }) {
    this.label = label;
    const env = { ...process.env, SSPI_BENCH_PACKAGE: checkout };
    this.#child = fork(new URL('./contender-process.mjs', import.meta.url), { env, execArgv: process.execArgv });
  }

  /** @returns {Contender[]} this checkout's, and the one that `--against` names */
  static all() {
    const versions = [{ label: '', checkout: '' }];
    if (process.env.SSPI_BENCH_AGAINST) versions.push(JSON.parse(process.env.SSPI_BENCH_AGAINST));
    return versions.map((version) => new Contender(version));
  }

  /**
   * Calls a function of a module below bench/ in the contender's process. Arguments and result are plain data.
   * @param {string} module
   * @param {string} name
   * @param {...unknown} args
   */
  async call(module, name, ...args) {
    const ended = new AbortController();
    const exited = once(this.#child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`the process that measures ended with exit code ${code}`);
    });
    this.#child.send({ module, name, args });
    try {
      const [result] = await Promise.race([once(this.#child, 'message', { signal: ended.signal }), exited]);
      return result;
    } finally {
      exited.catch(() => {});
      ended.abort();
    }
  }

  end() {
    this.#child.disconnect();
  }
}

/** What a figure of a contender is called. */
export const nameOf = (name, { label }) => (label === '' ? name : `${name} [${label}]`);
