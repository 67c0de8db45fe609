/** One change to the lab at a time, over all checkouts of the machine. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir } from './config.mjs';
import { identify, isAlive } from './processes.mjs';
import { note } from './progress.mjs';

const file = path.join(cacheDir, 'lock');

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function locked(work) {
  fs.mkdirSync(cacheDir, { recursive: true });
  let told = false;
  while (!tryTake()) {
    if (!told) note(`waiting for another lab command (pid ${owner()?.pid ?? 'unknown'})`);
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function tryTake() {
  // A link appears with its content in one step: no other process can read a half-written lock.
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = owner();
    if (holder && !isAlive(holder)) fs.rmSync(file, { force: true });
    return false;
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function owner() {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
