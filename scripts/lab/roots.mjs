/** Where a lane's Linux programs run: on the machine itself, or inside a root directory of another Debian release. */
import fs from 'node:fs';
import { spawn } from 'node:child_process';
import { capture } from '../common/shell.mjs';
import { identify } from '../common/processes.mjs';

export class Root {
  /** What stands before an absolute path: empty for the machine itself. */
  directory = '';

  /** Makes the root ready for use, or finds that it is. */
  async open() {}

  isOpen() {
    return true;
  }

  async close() {}

  /**
   * The program and arguments that run `command` in this root.
   * @param {string} command
   * @param {readonly string[]} args
   * @returns {[string, string[]]}
   */
  command(command, args) {
    return [command, [...args]];
  }

  /**
   * As `command`, for a program of the machine itself that is to be in this root's network.
   * @param {string} command
   * @param {readonly string[]} args
   * @returns {[string, string[]]}
   */
  inNetwork(command, args) {
    return [command, [...args]];
  }

  /** Starts a program that outlives this process; its output goes to `log`. */
  startDaemon(command, args, log, env = process.env) {
    const output = fs.openSync(log, 'a');
    const stdio = ['ignore', output, output];
    const child = spawn(...this.command(command, args), { cwd: '/', detached: true, stdio, env });
    fs.closeSync(output);
    child.unref();
    return identify(child.pid);
  }

  /** Listening TCP ports, with the name of who listens. */
  async listening() {
    const { code, stdout } = await capture(...this.command('ss', ['-Hltnp']));
    const ports = new Map();
    if (code !== 0) return ports;
    for (const line of stdout.split('\n')) {
      const [, , , local, , users] = line.trim().split(/\s+/);
      const port = Number(local?.slice(local.lastIndexOf(':') + 1));
      const [, name, pid] = users?.match(/\("([^"]*)",pid=(\d+)/) ?? [];
      if (port) ports.set(port, name ? `${name} (pid ${pid})` : 'another program');
    }
    return ports;
  }
}

export const machine = new Root();
