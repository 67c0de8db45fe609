import path from 'node:path';
import { once } from 'node:events';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Lines } from './lines';

export const checkout = path.resolve(__dirname, '../../..');

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input, which then ends; without it the input stays open until `stop`. */
  readonly input?: string;
}

/** A program that runs beside the test. It ends with its test at the latest: its standard input closes, and then it is killed. */
export class Program implements AsyncDisposable {
  readonly stdout: Lines;
  readonly stderr: Lines;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const env = { ...process.env, ...options.env };
    this.#child = spawn(command, args, { cwd: checkout, env, stdio: 'pipe' });
    this.stdout = new Lines(this.#child.stdout);
    this.stderr = new Lines(this.#child.stderr);
    this.ended = once(this.#child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout.all.join('\n'),
      stderr: this.stderr.all.join('\n'),
    }));
    this.#child.stdin.on('error', () => undefined); // it ended before it read everything: its exit code tells
    if (options.input !== undefined) this.#child.stdin.end(options.input);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Closes its standard input, on which servers of the tests end, and kills it where it stays. */
  async stop(graceMs = 10_000): Promise<Ending> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGTERM'), graceMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Runs a program of this machine to its end. */
export function run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
  return new Program(command, args, { input: '', ...options }).ended;
}
