/**
 * The effect of 64 handshakes that wait for a slow security authority on the rest of the process: the delay of the event loop
 * and of a small fs.readFile, each against the same process when it is idle. The handshakes begin at moments of their own, as
 * clients come, or all at the same one, so that all legs end at once, again and again.
 */
import { Contender, nameOf } from '../measure/contender.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { percentile } from '../measure/statistics.mjs';

const states = ['idle', 'besideSpread', 'besideInStep'];

export async function run({ rounds = 12 }) {
  const contenders = Contender.all();
  const all = contenders.flatMap((contender) => states.map((state) => () => contender.call('work/waiting.mjs', state)));
  const samples = await inTurn(rounds, all);
  const figures = contenders.flatMap((contender, i) => {
    const [idle, spread, inStep] = samples.slice(i * states.length).map(together);
    const compare = (name, before, during) => ({
      ...figure(nameOf(name, contender), before, during),
      ...(i === 0 && { atMost: 2 }),
    });
    return [
      compare('event-loop delay while 64 handshakes wait, p99', idle.loop, spread.loop),
      compare('fs.readFile while 64 handshakes wait, p99', idle.file, spread.file),
      compare('event-loop delay while 64 wait in step, p99', idle.loop, inStep.loop),
      compare('fs.readFile while 64 wait in step, p99', idle.file, inStep.file),
    ];
  });
  contenders.forEach((contender) => contender.end());
  return figures;
}

const together = (rounds) => ({
  loop: rounds.flatMap(({ loop }) => loop),
  file: rounds.flatMap(({ file }) => file),
});

function figure(name, idle, waiting) {
  const [before, during] = [percentile(idle, 99), percentile(waiting, 99)];
  const detail = `${during.toFixed(2)} ms, idle ${before.toFixed(2)} ms, ${waiting.length} samples`;
  return { name, value: during / before, unit: '× idle', detail };
}
