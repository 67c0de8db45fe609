import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const checkout = path.resolve(__dirname, '../..');

interface LabUser {
  readonly name: string;
  readonly password: string;
}

/** lab.json, as far as the examples need it: see docs/lab.md. */
export interface Lab {
  readonly realm: string;
  readonly workgroup: string;
  readonly controller: {
    readonly host: string;
    readonly address: string;
    readonly spn: string;
    readonly ports: Readonly<Record<'ldap' | 'ldaps', number>>;
  };
  readonly users: Readonly<Record<'alice' | 'bob', LabUser>>;
  readonly services: Readonly<Record<'web' | 'unknown', { readonly spn: string }>>;
}

const place = process.env['SSPI_LAB'];

/** The test domain; undefined on Windows, where there is none. */
export const lab = place === undefined ? undefined : (JSON.parse(fs.readFileSync(place, 'utf8')) as Lab);

/** A suite that needs the test domain: skipped, and said so, where there is none. */
export function describeInDomain(name: string, suite: (lab: Lab) => void): void {
  if (lab !== undefined) {
    const found = lab;
    describe(name, () => suite(found));
  } else {
    process.stderr.write(`! SKIPPED ${name}: no test domain here (SSPI_LAB is not set)\n`);
    describe.skip(name, () => {
      it('needs the test domain', () => undefined);
    });
  }
}

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** For its standard input, which then ends. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a script of the checkout to its end, in a Node process of its own. */
export async function run(script: string, options: ProgramOptions = {}): Promise<Ending> {
  return new Program(script, options).ended;
}

/** A script that goes on until it is stopped, such as a server. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = '';
  #stderr = '';

  constructor(script: string, { args = [], input = '', env = {} }: ProgramOptions = {}) {
    const child = spawn(process.execPath, [script, ...args], { cwd: checkout, env: { ...process.env, ...env } });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.stdin.on('error', () => undefined); // it may end before it has read its input
    child.stdin.end(input);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Resolves with the match as soon as what it has printed matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.ended.then(() => true);
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      const tick = new Promise<false>((resolve) => setTimeout(resolve, 20, false));
      if (await Promise.race([ended, tick])) {
        throw new Error(`It ended without printing ${String(pattern)}:\n${this.#stdout}\n${this.#stderr}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.ended;
  }
}
