/**
 * Examines all claims on this machine and writes what was found: run by Windows' node.exe.
 *
 *   node scripts/windows-check/run.mjs [--output DIRECTORY] [--claim ID]...
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitCodes } from '../common/unavailable.mjs';
import { noAccount, openAccount } from './account.mjs';
import { claims } from './claims.mjs';
import { Examiner } from './examiner.mjs';
import { describeBinary, describeMachine, describePackage } from './machine.mjs';
import { pageOf } from './page.mjs';
import { makeReport, reportText } from './report.mjs';
import { scrubber } from './scrub.mjs';
import { exitAtSignals } from './signals.mjs';

/**
 * @param {string} output a directory
 * @param {readonly string[] | undefined} ids of the claims; all of them by default
 * @returns {Promise<number>} an exit code
 */
export async function examineMachine(output, ids) {
  const unknown = ids?.filter((id) => !claims.some((claim) => claim.id === id)) ?? [];
  if (unknown.length > 0) {
    console.error(`There is no claim ${unknown.join(', ')}. The claims: ${claims.map(({ id }) => id).join(', ')}.`);
    return exitCodes.usage;
  }
  exitAtSignals();
  const lab = process.env.SSPI_LAB && JSON.parse(fs.readFileSync(process.env.SSPI_LAB, 'utf8'));
  const made = new Date();
  const machine = describeMachine(lab);
  const account = secondAccount(lab, machine);
  const scrub = scrubber(process.env, account.identity);
  const surroundings = { machine, identity: account.identity, why: account.about };
  const chosen = claims.filter(({ id }) => ids?.includes(id) ?? true);
  let reports;
  let leftToDo;
  try {
    reports = await examineAll(chosen, surroundings, scrub);
  } finally {
    leftToDo = account.close();
  }
  const run = { made, package: describePackage(), binary: describeBinary(machine.binaryFile), machine };
  write(output, makeReport({ ...run, account: account.about, claims: reports, leftToDo }, scrub));
  return 0;
}

/** @returns {import('./account.mjs').Account} */
function secondAccount(lab, { administrator }) {
  if (lab) {
    const { name, password } = lab.users.alice;
    const identity = { user: name, domain: lab.workgroup, password };
    return { ...noAccount('an account of the lab’s domain'), identity };
  }
  return administrator ? openAccount() : noAccount('no second account: making one takes an elevated administrator');
}

async function examineAll(chosen, surroundings, scrub) {
  const examiner = new Examiner();
  const reports = [];
  try {
    for (const claim of chosen) {
      const start = performance.now();
      const outcome = await examiner.examine(claim, surroundings);
      const seconds = Math.round((performance.now() - start) / 100) / 10;
      const { number, id, title } = claim;
      reports.push({ number, id, title, seconds, ...outcome });
      console.log(`${String(number).padStart(2)}  ${outcome.status.padEnd(12)}  ${title}`);
      console.log(`${' '.repeat(18)}${scrub(outcome.detail)}`);
    }
  } finally {
    examiner.close();
  }
  return reports;
}

function write(output, report) {
  fs.mkdirSync(output, { recursive: true });
  const texts = { 'windows-check.json': reportText(report), 'windows-check.html': pageOf(report) };
  for (const [name, text] of Object.entries(texts)) {
    const file = path.join(output, name);
    fs.writeFileSync(file, text);
    console.log(`written: ${file}`);
  }
  const counts = Object.entries(report.summary).map(([status, count]) => `${count} ${status}`);
  console.log(counts.join(', '));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { output: { type: 'string', default: '.' }, claim: { type: 'string', multiple: true } };
  const { values } = parseArgs({ options });
  process.exitCode = await examineMachine(values.output, values.claim);
}
