/**
 * Ctrl-C: running programs are ended by those who started them, and nothing more starts, so that lanes are left as they were
 * found.
 */
import os from 'node:os';

/** @type {NodeJS.Signals | undefined} */
let received;

for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(name, () => {
    if (received !== undefined) process.exit(exitCode());
    received = name;
  });
}

export const interrupted = () => received !== undefined;

/** As a shell gives it. */
export const exitCode = () => 128 + os.constants.signals[received];
