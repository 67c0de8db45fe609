/** Kerberos handshakes per second, compared with a C program that makes the same calls on one thread. */
import { CProgram } from '../measure/c-program.mjs';
import { Contender, nameOf } from '../measure/contender.mjs';
import { target } from '../measure/handshake.mjs';
import { inTurn } from '../measure/interleaved.mjs';
import { median } from '../measure/statistics.mjs';

const perRound = 256;
/** How many it takes until V8 has optimized what runs here. A service gets there within its first seconds. */
const warmUp = 10_000;
const work = 'work/kerberos.mjs';

/** SECPKG_ATTR_NEGOTIATION_INFO and SECPKG_ATTR_SIZES, which the package asks for at the end of a handshake too. */
const queries = '12,0';

const cases = [
  { name: 'handshakes, one at a time', inFlight: 1, atLeast: 0.7 },
  { name: 'handshakes, 32 in flight', inFlight: 32, atLeast: 0.75 },
];

export async function run({ rounds = 21 }) {
  const cbench = new CProgram(['handshake', '--spn', target, '--count', `${perRound}`, '--query', queries]);
  const contenders = Contender.all();
  for (const contender of contenders) await contender.call(work, 'round', warmUp, 8);
  const figures = [];
  for (const { name, inFlight, atLeast } of cases) {
    const [c, ...js] = await inTurn(rounds, [
      async () => (await cbench.round(1))[0].microseconds,
      ...contenders.map((contender) => () => contender.call(work, 'round', perRound, inFlight)),
    ]);
    contenders.forEach((contender, i) => {
      figures.push({
        name: nameOf(name, contender),
        value: median(c.map((microseconds, round) => microseconds / js[i][round])),
        unit: '× C',
        ...(i === 0 && { atLeast }),
        detail: `${Math.round(1e6 / median(js[i]))}/s, C ${Math.round(1e6 / median(c))}/s`,
      });
    });
  }
  contenders.forEach((contender) => contender.end());
  await cbench.end();
  return figures;
}
