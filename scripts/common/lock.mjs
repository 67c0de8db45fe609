/** One process at a time, by the kernel's file lock: it goes with its holder, however that ends. */
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
 * @returns {Promise<T>}
 */
export async function locked(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // The holder ends with its input, and that is open only as long as this process lives.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; read -r _'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = setTimeout(() => note(`waiting for another command that holds ${file}`), 1000);
  try {
    await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => refuse(file))]);
  } finally {
    clearTimeout(waiting);
  }
  const ended = once(holder, 'exit');
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

function refuse(file) {
  throw new Error(`cannot lock ${file}`);
}
