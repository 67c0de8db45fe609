import { spawn } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(180_000);

/** How a child process ended. A crash on Windows shows as a code such as 3221225477 (0xC0000005, access violation). */
export interface Ending {
  readonly code: number | null | 'still running at the limit';
  readonly stdout: string;
  readonly stderr: string;
}

export interface LifeOptions {
  /** For the stage. */
  readonly args?: readonly string[];
  /** For Node. */
  readonly nodeOptions?: readonly string[];
  readonly executable?: string;
  /** Holds the writing end of the child's standard input open, from its beginning to its end. */
  readonly stdin?: 'open';
  /** How long it may live, in milliseconds: ample, for a machine that is busy. */
  readonly limit?: number;
  /** The exit code it should have: 0 if nothing is said. */
  readonly code?: number;
}

/** Runs a stage of life (an exported function of `stages/<theme>`) in a Node process of its own. */
export function run(theme: string, stage: string, options: LifeOptions = {}): Promise<Ending> {
  const { args = [], nodeOptions = [], executable = process.execPath, stdin, limit = 60_000 } = options;
  const entry = join(__dirname, 'stage.js');
  const child = spawn(executable, [...nodeOptions, entry, theme, stage, ...args]);
  if (stdin !== 'open') child.stdin.end();
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let late = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: late ? 'still running at the limit' : code, stdout, stderr });
    });
  });
}

/** Runs a stage that should end well; returns the lines that it said. */
export async function life(theme: string, stage: string, options: LifeOptions = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(theme, stage, options);
  expect({ code, stdout, stderr }).toEqual({ code: options.code ?? 0, stdout, stderr: '' });
  return stdout.split(/\r?\n/).filter((line) => line !== '');
}
