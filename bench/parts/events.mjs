/**
 * What the public events cost a handshake, with and without subscribers, in processor time: processes that differ in nothing else take
 * turns. One state is measured twice, which shows the noise.
 */
import { Contender } from '../measure/contender.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';
import { states } from '../work/events.mjs';

const [base, idle, ...subscribed] = Object.keys(states);
/** Percent: as little as cannot be told from nothing. */
const atMost = 2;

const cases = [
  { name: 'a Kerberos handshake', work: 'work/kerberos.mjs', perRound: 1_000, warmUp: 2_000 },
  { name: 'the loop alone', work: 'work/loop.mjs', perRound: 60_000, warmUp: 40_000 },
];

export async function run({ rounds = 31 }) {
  const figures = [];
  for (const each of cases) figures.push(...(await measure(each, rounds)));
  return figures;
}

async function measure({ name, work, perRound, warmUp }, rounds) {
  const order = [base, base, idle, ...subscribed];
  const contenders = order.map((label) => new Contender({ label, checkout: '' }));
  for (const [i, contender] of contenders.entries()) {
    await contender.call('work/events.mjs', 'prepare', order[i]);
    await contender.call(work, 'processorRound', warmUp);
  }
  const times = await inTurn(
    rounds,
    contenders.map((contender) => () => contender.call(work, 'processorRound', perRound)),
  );
  const heard = await Promise.all(contenders.map((contender) => contender.call('work/events.mjs', 'heard')));
  heard.forEach((messages, i) => {
    const expected = subscribed.includes(order[i]);
    if (messages > 0 !== expected) throw new Error(`${order[i]}: ${messages} messages were heard`);
  });
  contenders.forEach((contender) => contender.end());

  const microseconds = median(times[0]);
  const more = (i) => 100 * (median(times[i].map((time, round) => time / times[0][round])) - 1);
  const noise = more(1);
  return order.slice(2).map((label, i) => ({
    name: `${name}, ${label}`,
    value: more(i + 2),
    unit: '% more',
    ...(label === idle && { atMost }),
    detail: `than ${microseconds.toFixed(1)} µs; the same twice differs by ${noise.toFixed(2)} %`,
  }));
}
