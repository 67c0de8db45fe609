/** Processes that outlive one command of the lab: found again, and ended, by pid and start time only. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ pid: number, started: string }} ProcessId a pid alone may be reused after its process has ended */

/** @returns {ProcessId | undefined} */
export function identify(pid) {
  const stat = readStat(pid);
  return stat && stat.state !== 'Z' ? { pid, started: stat.started } : undefined;
}

/** @param {ProcessId | undefined} id */
export function isAlive(id) {
  return id !== undefined && identify(id.pid)?.started === id.started;
}

/**
 * Ends a process and everything it started: SIGTERM, then SIGKILL to what is left.
 * @param {ProcessId} id
 */
export async function end(id, graceMs = 5000) {
  if (!isAlive(id)) return;
  const family = [id, ...descendants(id.pid)];
  for (const member of family) signal(member, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (family.some(isAlive) && Date.now() < deadline) await sleep(50);
  for (const member of family) signal(member, 'SIGKILL');
  while (family.some(isAlive)) await sleep(20);
}

function signal(id, name) {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** @returns {ProcessId[]} */
export function children(parent) {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), ...readStat(name) }))
    .filter((stat) => stat.parent === parent)
    .map(({ pid, started }) => ({ pid, started }));
}

/** @returns {ProcessId[]} */
function descendants(pid) {
  return children(pid).flatMap((child) => [child, ...descendants(child.pid)]);
}

function readStat(pid) {
  let text;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, which may hold spaces and parentheses of its own.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], parent: Number(fields[1]), started: fields[19] };
}
