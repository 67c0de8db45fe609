/** Running one program in a lane, with tickets of its own. */
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
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
 * @returns {Promise<number>} the exit code; 124 after a timeout
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

function wait([command, args], { env, cwd, stdio = 'inherit', timeout }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio });
    let timedOut = false;
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const timer = timeout && setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeout);
    const finish = () => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, forward);
    };
    child.on('error', (error) => (finish(), reject(error)));
    child.on('exit', (code) => (finish(), resolve(timedOut ? 124 : (code ?? 128))));
  });
}
