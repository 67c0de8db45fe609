/** One process of a peer: started, waited for, ended by its id. */
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, identify } from '../../common/processes.mjs';
import { capture } from '../../common/shell.mjs';
import { machine } from '../roots.mjs';

const startLimit = 20_000;

/**
 * @typedef {{ user?: string, group?: string, groups?: readonly string[] }} Account whom the program runs as, instead of root
 * @typedef {{ env: Record<string, string>, log: string, ports: readonly number[], account?: Account, cwd?: string,
 *   root?: import('../roots.mjs').Root }} ServerOptions
 * `ports`: it has started when it listens on all of them. `root`: whose network it is in, instead of the machine's.
 */

/**
 * Starts a server that stays in the foreground.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ServerOptions} options
 */
export async function startServer(command, args, { env, log, ports, account, cwd = '/', root = machine }) {
  const output = fs.openSync(log, 'a');
  const commandLine = account ? await asAccount(account, command, args) : [command, args];
  const child = spawn(...root.inNetwork(...commandLine), { cwd, env, stdio: ['ignore', output, output] });
  fs.closeSync(output);
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const id = identify(child.pid);
  const stop = () => (id ? end(id) : Promise.resolve());
  try {
    await Promise.race([failed, listening(child, ports, root)]);
  } catch (cause) {
    await stop();
    throw new Error(`${command} did not start: ${cause.message}\n${lastLines(log)}`, { cause });
  }
  return { stop };
}

async function listening(child, ports, root) {
  const deadline = Date.now() + startLimit;
  for (const port of ports) {
    while (!(await answers(port, root))) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it ended (${child.exitCode ?? child.signalCode})`);
      if (Date.now() > deadline) throw new Error(`port ${port} did not open`);
      await sleep(25);
    }
  }
}

async function answers(port, root) {
  return root === machine ? accepts(port) : (await root.listening()).has(port);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** setpriv wants numbers for supplementary groups. */
async function asAccount({ user, group = user, groups = [] }, command, args) {
  const ids = await Promise.all(groups.map(groupId));
  const supplementary = ids.length > 0 ? `--groups=${ids.join()}` : '--clear-groups';
  return ['setpriv', [`--reuid=${user}`, `--regid=${group}`, supplementary, command, ...args]];
}

async function groupId(name) {
  const { stdout } = await capture('getent', ['group', name]);
  return stdout.split(':')[2];
}

function lastLines(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').slice(-15).join('\n') : '';
}
