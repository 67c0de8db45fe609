/** Mutual exclusion of processes with the kernel's file lock, which is released when its holder ends, however that happens. */
import fs from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { note } from './progress.mjs';

/**
 * Does `work` while this process holds the lock on `file`.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {'exclusive' | 'shared'} [mode]
 * @returns {Promise<T>}
 */
export async function locked(file, work, mode = 'exclusive') {
  const waiting = setTimeout(() => note(`waiting for another command that holds ${file}`), 1000);
  const release = await take(file, `--${mode}`).finally(() => clearTimeout(waiting));
  if (!release) throw new Error(`cannot lock ${file}`);
  return work().finally(release);
}

/** As `locked`, but does nothing when another process holds the lock. */
export async function ifUnlocked(file, work) {
  const release = await take(file, '--nonblock');
  if (release) await work().finally(release);
}

/**
 * @returns {Promise<(() => Promise<void>) | undefined>} a function that releases the lock; undefined if it is held by another
 * process
 */
async function take(file, option) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // The holder ends with its input, and that is open only as long as this process lives.
  const holder = spawn('flock', [option, file, 'sh', '-c', 'echo held; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) return undefined;
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
