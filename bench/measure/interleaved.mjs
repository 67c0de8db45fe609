/** Two programs that take turns meet the same machine in the same second; what else it does strikes both alike. */
import { median } from './statistics.mjs';

/** @typedef {Record<string, number>} Times microseconds that one operation took in a round, by the operation's name */

/**
 * Alternates rounds of C and JavaScript, swapping who goes first. The first round of each only warms up.
 * @param {number} rounds
 * @param {() => Promise<Times>} inC
 * @param {() => Promise<Times>} inJs
 * @returns {Promise<Record<string, { c: number, js: number, ratio: number }>>} for each operation the medians: of the
 *   times, and of how many times C's speed JavaScript reached in rounds next to each other
 */
export async function interleaved(rounds, inC, inJs) {
  await inC();
  await inJs();
  const c = [];
  const js = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) c.push(await inC());
    js.push(await inJs());
    if (round % 2 === 1) c.push(await inC());
  }
  const compare = (name) => ({
    c: median(c.map((times) => times[name])),
    js: median(js.map((times) => times[name])),
    ratio: median(c.map((times, round) => times[name] / js[round][name])),
  });
  return Object.fromEntries(Object.keys(js[0]).map((name) => [name, compare(name)]));
}

/** The microseconds that each of `count` operations took, of which `work` does all. */
export async function timed(count, work) {
  const start = performance.now();
  await work();
  return ((performance.now() - start) * 1000) / count;
}
