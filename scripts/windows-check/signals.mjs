import os from 'node:os';

/** Makes an exit of every signal that would end the process, for what was made is removed at the exit. */
export function exitAtSignals() {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) {
    const number = os.constants.signals[name];
    if (number !== undefined) process.on(name, () => process.exit(128 + number));
  }
}
