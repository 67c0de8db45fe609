import path from 'node:path';
import { spawnSync } from 'node:child_process';

export const checkout = path.resolve(__dirname, '../..');

/** Runs a piece of an ES module in the checkout, which jest itself cannot load, and returns what it gives to `tell`. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what the script tells
export function inModule<Result>(script: string): Result {
  const prelude = `const tell = (value) => console.log(JSON.stringify(value) ?? 'null');\n`;
  const args = ['--input-type=module', '-e', prelude + script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: checkout, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Result;
}
