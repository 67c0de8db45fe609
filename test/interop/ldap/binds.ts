/** Binds of Windows' node.exe to directories on this machine: all of a file in one process, because each start takes a second. */
import { runOnWindows, type Lane } from '../support/lab';
import type { Bind, Bound } from './program/binds';

export type { Bind, Bound };

export async function bindAll(binds: readonly Bind[], lane: Lane = 'wine8'): Promise<ReadonlyMap<string, Bound>> {
  const { code, stdout, stderr } = await runOnWindows(
    'dist-test/interop/ldap/program/binds.js',
    [JSON.stringify(binds)],
    { lane },
  );
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (code !== 0 || lines.length !== binds.length)
    throw new Error(`the binds ended with ${code}:\n${stdout}\n${stderr}`);
  return new Map(lines.map((line) => JSON.parse(line) as Bound).map((bound) => [bound.name, bound]));
}
