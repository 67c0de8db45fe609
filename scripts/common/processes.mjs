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
 * Ends a process and everything it started: SIGTERM to the first, then SIGKILL to what is left.
 * @param {ProcessId} id
 */
export async function end(id, graceMs = 5000) {
  if (!isAlive(id)) return;
  const family = [id, ...descendants(id.pid)];
  signal(id, 'SIGTERM');
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
function descendants(root) {
  const children = new Map();
  for (const entry of fs.readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (stat)
      children.set(stat.parent, [...(children.get(stat.parent) ?? []), { pid: Number(entry), started: stat.started }]);
  }
  const below = (pid) => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
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
