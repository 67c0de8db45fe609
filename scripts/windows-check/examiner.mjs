/** Examines claims, each in a process of its own, so that none of them can end the others. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { usualSeconds } from './claim.mjs';
import { unmet } from './needs.mjs';

const program = fileURLToPath(new URL('examine.mjs', import.meta.url));

/**
 * @param {import('./claim.mjs').Claim} claim
 * @param {import('./claim.mjs').Surroundings & { why: string }} surroundings
 * @param {readonly string[]} command what examines it: given the claim's id and the surroundings by standard input
 * @returns {Promise<import('./claim.mjs').Outcome>} never rejects
 */
export async function examine(claim, surroundings, command = [process.execPath, program]) {
  const reason = unmet(claim, surroundings);
  if (reason !== undefined) return { status: 'not possible', detail: reason };
  const { machine, identity } = surroundings;
  const seconds = claim.seconds ?? usualSeconds;
  const input = JSON.stringify({ id: claim.id, surroundings: { machine, identity } });
  const ending = await runToEnd(command, input, seconds * 1000);
  return outcomeIn(ending.stdout) ?? { status: 'not seen', detail: howItEnded(ending, seconds) };
}

function runToEnd([executable, ...args], input, timeout) {
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const failed = (error) => resolve({ ...output, failure: error.message });
    let child;
    try {
      child = spawn(executable, args, { timeout, killSignal: 'SIGKILL', windowsHide: true });
    } catch (error) {
      failed(error); // on Windows some reasons are thrown
      return;
    }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    child.stdin.on('error', () => {}); // it may end before it has read its input: how it ended tells
    child.stdin.end(input);
    child.on('error', failed);
    child.on('close', (code, signal) => resolve({ ...output, code, signal }));
  });
}

function outcomeIn(stdout) {
  try {
    const outcome = JSON.parse(stdout.trimEnd().split('\n').at(-1));
    return typeof outcome?.status === 'string' ? outcome : undefined;
  } catch {
    return undefined;
  }
}

function howItEnded({ failure, code, signal, stderr }, seconds) {
  const last = stderr.trim().split(/\r?\n/).at(-1);
  const said = last ? `; it said last: ${last}` : '';
  if (failure !== undefined) return `its process could not be started: ${failure}`;
  if (signal === 'SIGKILL') return `it had not ended after ${seconds} seconds${said}`;
  return `its process ended with ${signal ?? exitCode(code)}${said}`;
}

/** Windows' own codes, such as that of an access violation, are known in hexadecimal. */
const exitCode = (code) => (code > 255 ? `0x${code.toString(16).toUpperCase().padStart(8, '0')}` : `exit code ${code}`);
