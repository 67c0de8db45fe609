/** Programs that take turns run under the same conditions; other load affects all of them equally. */
import { median } from './statistics.mjs';

/** @typedef {Record<string, number>} Times microseconds that one operation took in a round, by the operation's name */

/**
 * Lets all run their rounds in turn, each round starting with another one, and every other round in reverse order, so that none
 * always follows the same one. The first round of each is only a warm-up.
 * @template T
 * @param {number} rounds
 * @param {readonly (() => Promise<T>)[]} all
 * @returns {Promise<T[][]>} for each of `all`, what its rounds gave
 */
export async function inTurn(rounds, all) {
  for (const one of all) await one();
  const results = all.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const step = round % 2 === 0 ? i : all.length - i;
      const turn = (round + step) % all.length;
      results[turn].push(await all[turn]());
    }
  }
  return results;
}

/**
 * @param {number} rounds
 * @param {() => Promise<Times>} inC
 * @param {() => Promise<Times>} inJs
 * @returns {Promise<Record<string, { c: number, js: number, ratio: number }>>} for each operation the medians: of the
 *   times, and of how many times C's speed JavaScript reached in rounds next to each other
 */
export async function interleaved(rounds, inC, inJs) {
  const [c, js] = await inTurn(rounds, [inC, inJs]);
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

/** The same in processor time of this process, which other processes disturb less: for work that only computes. */
export async function computing(count, work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}
