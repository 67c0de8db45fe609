/** Running one program in a lane. */
import os from 'node:os';
import { spawn } from 'node:child_process';
import { end, identify } from '../common/processes.mjs';

/**
 * @typedef {{
 *   tickets?: string,
 *   env?: Record<string, string>,
 *   cwd?: string,
 *   stdio?: import('node:child_process').StdioOptions,
 *   timeout?: number,
 * }} ProgramOptions
 * `tickets` names the user (a key of `users`) whose Kerberos tickets the program finds, or is 'none'; alice's are the
 * default. A stream of `stdio` that is 'pipe' is copied to this process's own. `timeout` is in milliseconds.
 */

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** As coreutils' timeout. */
export const timeoutCode = 124;

/**
 * Runs Windows' node.exe in the lane.
 * @param {import('./lanes.mjs').Lane} lane
 * @param {number | string} major
 * @param {readonly string[]} args
 * @param {ProgramOptions} [options]
 * @returns {Promise<number>} the exit code; `timeoutCode` after a timeout
 */
export async function runNode(lane, major, args, options) {
  return runProgram(lane, ...(await lane.nodeCommand(major, args)), options);
}

/** Runs a program of the lane's own system (on Linux, `wine` is one). */
export async function runProgram(lane, command, args, options = {}) {
  return lane.use(async () => {
    const entry = await lane.enter(options.tickets ?? 'alice');
    try {
      const env = { ...process.env, ...entry.env, ...options.env };
      delete env.NODE_EXTRA_CA_CERTS; // a file of the machine, where the lane may have none
      return await wait(entry.command(command, args, options.cwd), { ...options, env });
    } finally {
      entry.leave();
    }
  });
}

function wait([command, args], { env, cwd, stdio = 'inherit', timeout }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio });
    child.stdout?.pipe(process.stdout, { end: false });
    child.stderr?.pipe(process.stderr, { end: false });
    let forced;
    const stop = (code) => {
      forced = code;
      // Where there is /proc, the whole family: killing nsenter alone would leave the program behind.
      if (process.platform === 'linux') void end(identify(child.pid));
      else child.kill('SIGKILL');
    };
    const onSignal = (name) => stop(128 + os.constants.signals[name]);
    for (const name of endingSignals) process.on(name, onSignal);
    const timer = timeout && setTimeout(stop, timeout, timeoutCode);
    const settle = (act) => {
      clearTimeout(timer);
      for (const name of endingSignals) process.off(name, onSignal);
      act();
    };
    child.on('error', (error) => settle(() => reject(error)));
    child.on('close', (code) => settle(() => resolve(forced ?? code ?? 128)));
  });
}
