/** How throughput, latency and the delay of the event loop grow with what is in flight, of calls that wait and that compute. */
import { Contender, nameOf } from '../measure/contender.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const numbers = [1, 4, 16, 64, 256];
const milliseconds = 1000;
const cases = [
  { name: 'legs of 20 ms', leg: 20 },
  { name: 'Kerberos handshakes', leg: null },
];

export async function run({ rounds = 3 }) {
  const contenders = Contender.all();
  const figures = [];
  for (const { name, leg } of cases) {
    for (const inFlight of numbers) {
      const load = (contender) => () => contender.call('work/load.mjs', 'underLoad', leg, inFlight, milliseconds);
      const results = await inTurn(rounds, contenders.map(load));
      contenders.forEach((contender, i) => {
        const { perSecond, p50, p99, late } = mediansOf(results[i]);
        figures.push({
          name: nameOf(`${name}, ${inFlight} in flight`, contender),
          value: Math.round(perSecond),
          unit: '/s',
          detail: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; event loop late by ${late.toFixed(2)} ms (p99)`,
        });
      });
    }
  }
  contenders.forEach((contender) => contender.end());
  return figures;
}

const mediansOf = (all) =>
  Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((each) => each[key]))]));
