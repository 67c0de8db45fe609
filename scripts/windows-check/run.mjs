/**
 * Examines all claims on this machine and writes what was found: run by Windows' node.exe.
 *
 *   node scripts/windows-check/run.mjs [--output DIRECTORY] [--claim ID]...
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openAccount } from './account.mjs';
import { claims } from './claims.mjs';
import { Examiner } from './examiner.mjs';
import { describeBinary, describeMachine, describePackage } from './machine.mjs';
import { pageOf } from './page.mjs';
import { makeReport, reportText } from './report.mjs';
import { scrubber } from './scrub.mjs';
import { exitAtSignals } from './signals.mjs';

const { values } = parseArgs({
  options: { output: { type: 'string', default: '.' }, claim: { type: 'string', multiple: true } },
});
const unknown = values.claim?.filter((id) => !claims.some((claim) => claim.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`There is no claim ${unknown.join(', ')}. The claims: ${claims.map(({ id }) => id).join(', ')}.`);
  process.exit(64);
}
const chosen = claims.filter(({ id }) => values.claim?.includes(id) ?? true);

exitAtSignals();
const lab = process.env.SSPI_LAB && JSON.parse(fs.readFileSync(process.env.SSPI_LAB, 'utf8'));
const made = new Date();
const machine = describeMachine(lab);
const account = secondAccount();
const scrub = scrubber(process.env, account.identity);
const examiner = new Examiner();
const reports = [];
let leftToDo;
try {
  for (const claim of chosen) {
    const start = performance.now();
    const outcome = await examiner.examine(claim, { machine, identity: account.identity, why: account.about });
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    const { number, id, title } = claim;
    reports.push({ number, id, title, seconds, ...outcome });
    console.log(
      `${String(number).padStart(2)}  ${outcome.status.padEnd(12)}  ${title}\n${' '.repeat(18)}${scrub(outcome.detail)}`,
    );
  }
} finally {
  examiner.close();
  leftToDo = account.close();
}

const run = { made, package: describePackage(), binary: describeBinary(machine.binaryFile), machine };
const report = makeReport({ ...run, account: account.about, claims: reports, leftToDo }, scrub);
fs.mkdirSync(values.output, { recursive: true });
const write = (name, text) => {
  const file = path.join(values.output, name);
  fs.writeFileSync(file, text);
  console.log(`written: ${file}`);
};
console.log();
write('windows-check.json', reportText(report));
write('windows-check.html', pageOf(report));
console.log(
  Object.entries(report.summary)
    .map(([status, count]) => `${count} ${status}`)
    .join(', '),
);

/** @returns {import('./account.mjs').Account} */
function secondAccount() {
  const none = (about) => ({ about, close: () => undefined });
  if (lab) {
    const { name, password } = lab.users.alice;
    return { ...none('an account of the lab’s domain'), identity: { user: name, domain: lab.workgroup, password } };
  }
  if (!machine.administrator) return none('no second account: making one takes an elevated administrator');
  return openAccount();
}
