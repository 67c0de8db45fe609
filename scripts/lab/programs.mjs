/** Running one program in a lane, with tickets of its own. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { end, identify } from '../common/processes.mjs';
import { defaultNode, labDir } from './config.mjs';
import { controllerPaths } from './controller.mjs';
import { laneEnvironment, up } from './lanes.mjs';
import { ensureNode } from './node-windows.mjs';
import { writeTickets } from './tickets.mjs';
import { wineCommand } from './wine.mjs';

/**
 * @typedef {{
 *   tickets?: string,
 *   env?: Record<string, string>,
 *   cwd?: string,
 *   stdio?: import('node:child_process').StdioOptions,
 *   timeout?: number,
 * }} ProgramOptions
 * `tickets` names the user (a key of `users`) whose tickets the program finds, or is 'none'. Each program has a
 * credential cache of its own: Wine's Kerberos stores the tickets of an explicit identity in the default cache.
 * `timeout` is in milliseconds.
 */

/**
 * Runs Windows' node.exe in the lane.
 * @param {import('./lanes.mjs').Lane} lane
 * @param {number} major
 * @param {readonly string[]} args
 * @param {ProgramOptions} [options]
 * @returns {Promise<number>} the exit code; `timeoutCode` after a timeout
 */
export async function runNode(lane, major, args, options) {
  const executable = await ensureNode(major ?? defaultNode);
  return runProgram(lane, ...wineCommand(executable, args), options);
}

/** Runs a Linux program (`wine` among them) in the lane. */
export async function runProgram(lane, command, args, options = {}) {
  const root = await up(lane);
  const cache = path.join(labDir, lane.name, 'tickets', `run-${process.pid}-${++runs}`);
  try {
    const env = { ...process.env, ...laneEnvironment(lane), KRB5CCNAME: `FILE:${cache}`, ...options.env };
    if (options.tickets !== 'none') {
      await writeTickets(options.tickets ?? 'alice', cache, controllerPaths(lane.name).krb5Conf, root);
    }
    return await wait(root.command(command, args), { ...options, env });
  } finally {
    fs.rmSync(cache, { force: true });
  }
}

let runs = 0;

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** As coreutils' timeout. */
export const timeoutCode = 124;

function wait([command, args], { env, cwd, stdio = 'inherit', timeout }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio });
    let forced;
    // Not child.kill: it would end nsenter and leave the program behind.
    const stop = (code) => {
      forced = code;
      void end(identify(child.pid));
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
    child.on('exit', (code) => settle(() => resolve(forced ?? code ?? 128)));
  });
}
