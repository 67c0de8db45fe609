import path from 'node:path';
import { run } from '#lib/cli/run';
import type { Input, Io } from '#lib/cli/io';

export const checkout = path.resolve(__dirname, '../../..');

/** What a command wrote, and how it ended. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly stdin?: string | Uint8Array | Input;
  readonly env?: Readonly<Record<string, string>>;
  /** Both outputs are terminals. */
  readonly terminal?: boolean;
  readonly columns?: number;
}

/** Runs a command line in this process. */
export async function cli(argv: readonly string[], surroundings: Surroundings = {}): Promise<Answer> {
  const written = { stdout: '', stderr: '' };
  const code = await run(argv, ioFor(written, surroundings));
  return { code, ...written };
}

/** Runs a command line with `--json`, and takes its one answer apart. */
export async function cliJson(argv: readonly string[], surroundings?: Surroundings): Promise<JsonRun> {
  const { code, stdout, stderr } = await cli([...argv, '--json'], surroundings);
  return { code, stderr, answer: JSON.parse(stdout) as JsonAnswer };
}

type Fields = Readonly<Record<string, unknown>>;

/** The results of all commands, as docs/cli.md has them: each command has some of the fields. */
export interface JsonResult {
  readonly kind: string;
  readonly outcome: string;
  readonly target: Fields;
  readonly package: Fields;
  readonly context: Fields;
  readonly certificate: Fields;
  readonly service: Fields;
  readonly timings: Readonly<Record<string, number>>;
  readonly legs: readonly Fields[];
  readonly remarks: readonly string[];
  readonly wine?: string;
  readonly packages: readonly Fields[];
  readonly summary: Readonly<Record<string, number>>;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly detail: string;
    readonly advice?: string;
  }[];
}

/** What `--json` prints. */
export interface JsonAnswer {
  readonly command: string;
  readonly ok: boolean;
  readonly result: JsonResult;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly causes?: readonly { readonly cause: string }[];
    readonly [field: string]: unknown;
  };
}

export interface JsonRun {
  readonly code: number;
  readonly stderr: string;
  readonly answer: JsonAnswer;
}

export function ioFor(written: { stdout: string; stderr: string }, surroundings: Surroundings = {}): Io {
  const { stdin = '', env = {}, terminal = false, columns } = surroundings;
  const output = (name: 'stdout' | 'stderr'): Io['stdout'] => ({
    write: (text) => void (written[name] += text),
    isTerminal: terminal,
    columns,
  });
  const input: Input = typeof stdin === 'string' || stdin instanceof Uint8Array ? inputOf(stdin) : stdin;
  return { stdin: input, stdout: output('stdout'), stderr: output('stderr'), env };
}

async function* inputOf(bytes: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(bytes as string);
  // In two pieces, as pipes may deliver.
  yield all.subarray(0, all.length >> 1);
  yield all.subarray(all.length >> 1);
}

/** The platform as the package sees it, until the function that is returned is called. */
export function pretendPlatform(platform: string): () => void {
  const own = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
  Object.defineProperty(process, 'platform', { ...own, value: platform });
  return () => void Object.defineProperty(process, 'platform', own);
}
