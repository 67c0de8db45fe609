import { loadBinding } from '#lib/binding/load';
import { collect, mebibytes, residentBytes } from '../../../bench/measure/memory.mjs';
import { NotSeen, expectSeen } from '../claim.mjs';
import { shakeHands, withCredentials } from '../handshake.mjs';
import { workingLogon } from '../logons.mjs';
import { powershell } from '../powershell.mjs';

const warmUp = 200;
const count = 1000;
const inFlight = 8;
/** Of the process's memory; and of its handles, for threads come and go. */
const memoryShare = 1.05;
const handlesMore = 32;

/** @type {import('../claim.mjs').Claim[]} */
export const endurance = [
  {
    id: 'memory',
    title: `${count.toLocaleString('en')} handshakes leave nothing alive and the process’s memory as it was`,
    seconds: 150,
    fresh: true,
    async check({ machine }) {
      const [before, after] = await beforeAndAfter(machine, residentBytes);
      const alive = Object.entries(loadBinding().liveCounts()).filter(([, number]) => number > 0);
      const detail = `${mebibytes(before)} after ${warmUp}, ${mebibytes(after)} after ${count} more`;
      expectSeen(alive.length === 0, `still alive: ${alive.map(([name, number]) => `${number} ${name}`).join(', ')}`);
      expectSeen(after <= before * memoryShare, detail);
      return { detail, figures: { bytesBefore: before, bytesAfter: after, handshakes: count } };
    },
  },
  {
    id: 'handles',
    title: `${count.toLocaleString('en')} handshakes leave the process’s handles as they were`,
    seconds: 150,
    fresh: true,
    async check({ machine }) {
      const [before, after] = await beforeAndAfter(machine, handleCount);
      const detail = `${before} after ${warmUp}, ${after} after ${count} more`;
      expectSeen(after <= before + handlesMore, detail);
      return { detail, figures: { handlesBefore: before, handlesAfter: after, handshakes: count } };
    },
  },
];

async function beforeAndAfter(machine, measure) {
  const logon = workingLogon(machine);
  await measure(); // what it needs itself is there from now on
  const figures = await withCredentials(logon, async (credentials) => {
    await many(credentials, logon, warmUp);
    const before = await measure();
    await many(credentials, logon, count);
    return [before, await measure()];
  });
  await collect();
  return figures;
}

async function many(credentials, logon, number) {
  let left = number;
  const lane = async () => {
    while (left-- > 0) await shakeHands(credentials, logon, () => undefined);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function handleCount() {
  const { stdout } = powershell('(Get-Process -Id $lines[0]).HandleCount', [String(process.pid)]);
  const handles = Number.parseInt(stdout, 10);
  if (!(handles > 0)) throw new NotSeen('Windows PowerShell did not tell how many handles the process has');
  return handles;
}
