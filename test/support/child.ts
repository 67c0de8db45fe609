/** Programs in Node processes of their own, with a domain in memory in place of secur32. */
import path from 'node:path';
import { spawn } from 'node:child_process';

export const checkout = path.resolve(__dirname, '..', '..');
const inMemory = path.join(checkout, 'dist-test', 'unit', 'in-memory.js');

export interface ChildOptions {
  /** In place of that of this process, but for PATH and what the system needs. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** False for a process that has no SSPI. Default: a domain in memory. */
  readonly provider?: boolean;
  readonly cwd?: string;
  /** Node's own arguments, before the script. */
  readonly node?: readonly string[];
}

export interface ChildEnding {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const kept = [
  'PATH',
  'Path',
  'SystemRoot',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'COMSPEC',
  'PATHEXT',
];

/** What a process needs, without the proxies of this machine. */
export function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Runs Node with these arguments to its end, thirty seconds at most. */
export function runNode(args: readonly string[], options: ChildOptions = {}): Promise<ChildEnding> {
  const { env = {}, provider = true, cwd = checkout, node = [] } = options;
  const preload = provider ? ['--require', inMemory] : [];
  return run(process.execPath, [...preload, ...node, ...args], { ...plainEnvironment(), ...env }, cwd);
}

export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd = checkout,
): Promise<ChildEnding> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...texts });
    });
  });
}
