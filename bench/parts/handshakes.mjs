/** Kerberos handshakes a second, against a C program that makes the same calls on one thread. */
import { CProgram } from '../measure/c-program.mjs';
import { acquireBoth, handshakes, target } from '../measure/handshake.mjs';
import { interleaved, timed } from '../measure/interleaved.mjs';

const perRound = 256;
/** How many it takes until V8 has optimized what runs here. A service gets there within its first seconds. */
const warmUp = 10_000;

/** SECPKG_ATTR_NEGOTIATION_INFO and SECPKG_ATTR_SIZES, which the package asks for at the end of a handshake too. */
const queries = '12,0';

const cases = [
  { name: 'handshakes, one at a time', inFlight: 1, atLeast: 0.7 },
  { name: 'handshakes, 32 in flight', inFlight: 32, atLeast: 1.2 },
];

export async function run({ rounds = 21 }) {
  const credentials = await acquireBoth();
  const cbench = new CProgram(['handshake', '--spn', target, '--count', `${perRound}`, '--query', queries]);
  const inC = async () => ({ handshake: (await cbench.round(1))[0].microseconds });
  await handshakes(credentials, warmUp);
  const figures = [];
  for (const { name, inFlight, atLeast } of cases) {
    const inJs = async () => ({ handshake: await timed(perRound, () => handshakes(credentials, perRound, inFlight)) });
    const { c, js, ratio } = (await interleaved(rounds, inC, inJs)).handshake;
    const detail = `${Math.round(1e6 / js)}/s, C ${Math.round(1e6 / c)}/s`;
    figures.push({ name, value: ratio, unit: '× C', atLeast, detail });
  }
  await cbench.end();
  await credentials.dispose();
  return figures;
}
