import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkout, run, runNode, type Ran } from './installed';

const lab = join(checkout, 'scripts', 'lab', 'lab.mjs');

/** The exit codes by which the lab says that this machine cannot have it (scripts/common/unavailable.mjs). */
const unavailable = [69, 77];

function isAvailable(): boolean {
  if (process.platform === 'win32') return true;
  const { status, stderr } = spawnSync(process.execPath, [lab, 'up'], { cwd: checkout, encoding: 'utf8' });
  if (status === 0) return true;
  if (status === null || !unavailable.includes(status)) throw new Error(stderr);
  console.warn(stderr);
  return false;
}

/** For tests that need Windows' Node: on Windows this one, elsewhere the lab's. They are skipped where there is neither. */
export const testOnWindows = isAvailable() ? test : test.skip;

/** Arguments are relative to `cwd`: Windows and the machine name the same file in different ways. */
export function runNodeOnWindows(args: readonly string[], cwd: string, env = process.env): Promise<Ran> {
  if (process.platform === 'win32') return runNode(args, cwd, env);
  return run(process.execPath, [lab, 'run', '--', ...args], cwd, env);
}

/** How a program on Windows names a file of this machine. */
export function windowsPath(file: string): string {
  return process.platform === 'win32' ? file : `Z:${file.replaceAll('/', '\\')}`;
}
