/** Examines claims in a process beside this one, so that none of them can end the others. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { usualSeconds } from './claim.mjs';
import { unmet } from './needs.mjs';

const program = fileURLToPath(new URL('examine.mjs', import.meta.url));

export class Examiner {
  #command;
  /** @type {Assistant | undefined} */
  #assistant;

  /** @param {readonly string[]} command what examines claims, as examine.mjs does */
  constructor(command = [process.execPath, program]) {
    this.#command = command;
  }

  /**
   * @param {import('./claim.mjs').Claim} claim
   * @param {import('./claim.mjs').Surroundings & { why: string }} surroundings
   * @returns {Promise<import('./claim.mjs').Outcome>} never rejects
   */
  async examine(claim, surroundings) {
    const reason = unmet(claim, surroundings);
    if (reason !== undefined) return { status: 'not possible', detail: reason };
    const { machine, identity } = surroundings;
    const request = { id: claim.id, surroundings: { machine, identity } };
    const seconds = claim.seconds ?? usualSeconds;
    if (claim.fresh) this.close();
    const used = this.#assistant !== undefined;
    const answer = await this.#ask(request, seconds);
    // It may have ended from what an earlier claim did to it: only a new one tells.
    const last = used && answer.crashed ? await this.#ask(request, seconds) : answer;
    return last.outcome;
  }

  close() {
    this.#assistant?.end();
    this.#assistant = undefined;
  }

  async #ask(request, seconds) {
    this.#assistant ??= new Assistant(this.#command);
    const answer = await this.#assistant.ask(request, seconds);
    if (this.#assistant.over) this.#assistant = undefined;
    return answer;
  }
}

/** One process that examines claims, until it ends. */
class Assistant {
  over = false;
  #child;
  #ended;
  /** Takes what is printed, line by line. */
  #listener = () => {};
  #stderr = '';

  constructor([executable, ...args]) {
    try {
      this.#child = spawn(executable, args, { windowsHide: true });
    } catch (error) {
      this.over = true; // on Windows some reasons are thrown
      this.#ended = Promise.resolve({ failure: error.message });
      return;
    }
    const { stdin, stdout, stderr } = this.#child;
    stdin.on('error', () => {}); // how it ended tells
    stderr.setEncoding('utf8').on('data', (text) => (this.#stderr = (this.#stderr + text).slice(-4000)));
    createInterface({ input: stdout }).on('line', (line) => this.#listener(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', ({ message }) => resolve({ failure: message }));
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    }).then((how) => ((this.over = true), how));
  }

  /** @returns {Promise<{ outcome: import('./claim.mjs').Outcome, crashed?: true }>} */
  async ask(request, seconds) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child?.kill('SIGKILL');
    }, seconds * 1000);
    try {
      const answered = this.#outcome(request.id);
      this.#child?.stdin.write(`${JSON.stringify(request)}\n`);
      const { outcome, how } = await Promise.race([answered, this.#ended.then((how) => ({ how }))]);
      if (outcome !== undefined) return { outcome };
      const detail = late ? `it had not ended after ${seconds} seconds` : howItEnded(how);
      const said = this.#stderr.trim().split(/\r?\n/).at(-1);
      const outcomeOfEnd = { status: 'not seen', detail: said ? `${detail}; it said last: ${said}` : detail };
      return { outcome: outcomeOfEnd, ...(!late && { crashed: true }) };
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.#child?.stdin.end();
    this.#child?.kill('SIGKILL');
  }

  /** What it answers about this claim, among all else that it may print. */
  #outcome(id) {
    return new Promise((resolve) => {
      this.#listener = (line) => {
        const answer = parsed(line);
        if (answer?.id === id && typeof answer.outcome?.status === 'string') resolve({ outcome: answer.outcome });
      };
    });
  }
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Why there is no outcome. */
export function howItEnded({ failure, code, signal }) {
  if (failure !== undefined) return `its process could not be started: ${failure}`;
  return `its process ended with ${signal ?? exitCode(code)}`;
}

/** Windows' own codes, such as that of an access violation, are known in hexadecimal. */
const exitCode = (code) => (code > 255 ? `0x${code.toString(16).toUpperCase().padStart(8, '0')}` : `exit code ${code}`);
