/** Calls that wait: how much of what the waits allow is reached from the moment on at which many begin at once. */
import { Contender, nameOf } from '../measure/contender.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const within = 300;

/** By the milliseconds of a leg. With 64 in flight legs of 3 ms would come back 21,000 times a second. */
const cases = [
  { inFlight: 16, atLeast: { 3: 0.8, 8: 0.9, 20: 0.95, 60: 0.95 } },
  { inFlight: 64, atLeast: { 3: 0.25, 8: 0.75, 20: 0.9, 60: 0.9 } },
];

export async function run({ rounds = 9 }) {
  const contenders = Contender.all();
  const figures = [];
  for (const { inFlight, atLeast: goals } of cases) {
    for (const [leg, atLeast] of Object.entries(goals)) {
      const burst = (contender) => () => contender.call('work/slow-legs.mjs', 'burst', Number(leg), inFlight, within);
      const shares = await inTurn(rounds, contenders.map(burst));
      contenders.forEach((contender, i) => {
        figures.push({
          name: nameOf(`legs of ${leg} ms, ${inFlight} in flight`, contender),
          value: median(shares[i]),
          unit: '× ideal',
          ...(i === 0 && { atLeast }),
          detail: `${Math.round((median(shares[i]) * inFlight * 1000) / Number(leg))} legs/s in ${within} ms`,
        });
      });
    }
  }
  contenders.forEach((contender) => contender.end());
  return figures;
}
