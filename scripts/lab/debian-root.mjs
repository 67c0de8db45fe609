/**
 * A root of a newer Debian, made by debootstrap, that runs in namespaces of its own: its mounts are invisible outside,
 * its domain controller has the ports to itself, and ending the first process ends and unmounts everything.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from '../common/apt.mjs';
import { children, end, isAlive } from '../common/processes.mjs';
import { step } from '../common/progress.mjs';
import { capture, run } from '../common/shell.mjs';
import { Unavailable } from '../common/unavailable.mjs';
import { cacheDir, checkout, labDir, packages } from './config.mjs';
import { machine, Root } from './roots.mjs';

const setupScript = fileURLToPath(new URL('root-setup.sh', import.meta.url));
const holdScript = fileURLToPath(new URL('root-hold.sh', import.meta.url));
const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class DebianRoot extends Root {
  /** @param {string} suite name of the Debian release */
  constructor(suite) {
    super();
    this.suite = suite;
    this.directory = path.join(cacheDir, suite);
    this.stateFile = path.join(cacheDir, `${suite}.json`);
  }

  /** Creates the root if there is none, installs what it needs, starts it, and makes this checkout visible in it. */
  async open() {
    if (!this.isOpen()) {
      await this.close();
      await refuseWithoutNamespaces();
      if (!fs.existsSync(this.directory)) await this.#bootstrap();
      const setup = new SetupRoot(this.directory);
      await ensurePackages(
        `Wine and Samba of Debian ${this.suite}`,
        [...packages.wine, ...packages.domainController],
        setup,
      );
      await this.#start();
    }
    for (const directory of [checkout, labDir, cacheDir + '/node', cacheDir + '/dc']) await this.#show(directory);
    return this;
  }

  isOpen() {
    const holder = this.#holder();
    return isAlive(holder) && fs.existsSync(`/proc/${holder.pid}/root${this.directory}/usr`);
  }

  async close() {
    const holder = this.#holder();
    if (holder) await end(holder);
    fs.rmSync(this.stateFile, { force: true });
  }

  command(command, args, cwd = process.cwd()) {
    const visible = [checkout, labDir].some((directory) => `${cwd}/`.startsWith(`${directory}/`));
    const inside = ['chroot', this.directory, '/usr/bin/env', '-C', visible ? cwd : '/', searchPath];
    return this.#enter(['--net', '--pid'], [...inside, command, ...args]);
  }

  inNetwork(command, args) {
    return ['nsenter', ['-t', String(this.#holder().pid), '--net', '--', command, ...args]];
  }

  /** A command line in namespaces of the first process, which sees the machine's files and the root's mounts. */
  #enter(namespaces, commandLine) {
    return ['nsenter', ['-t', String(this.#holder().pid), '--mount', '--root', ...namespaces, '--', ...commandLine]];
  }

  #holder() {
    return fs.existsSync(this.stateFile) ? JSON.parse(fs.readFileSync(this.stateFile, 'utf8')) : undefined;
  }

  async #bootstrap() {
    await ensurePackages('a root of another Debian', ['debootstrap'], machine);
    const unfinished = `${this.directory}.unfinished`;
    fs.rmSync(unfinished, { recursive: true, force: true });
    await step(`making a root of Debian ${this.suite} in ${this.directory}`, () =>
      run('debootstrap', ['--variant=minbase', this.suite, unfinished]),
    );
    fs.renameSync(unfinished, this.directory);
  }

  async #start() {
    const ready = path.join(cacheDir, `${this.suite}.ready`);
    const log = path.join(cacheDir, `${this.suite}.log`);
    fs.rmSync(ready, { force: true });
    const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
    const parent = machine.startDaemon('unshare', [...namespaces, 'sh', holdScript, this.directory, ready], log);
    while (!fs.existsSync(ready)) {
      if (!isAlive(parent)) throw new Error(`the root of Debian ${this.suite} did not start: see ${log}`);
      await sleep(10);
    }
    const [first] = children(parent.pid);
    fs.writeFileSync(this.stateFile, JSON.stringify(first));
  }

  /** Makes a directory of the machine visible at the same path inside. */
  async #show(directory) {
    fs.mkdirSync(directory, { recursive: true });
    const inside = this.directory + directory;
    // A checkout that was deleted and cloned again is another directory under the old name.
    if (sameDirectory(directory, `/proc/${this.#holder().pid}/root${inside}`)) return;
    // Made inside, where /tmp is another than outside.
    await run(...this.#enter([], ['mkdir', '-p', inside]));
    await run(...this.#enter([], ['mount', '--bind', directory, inside]));
  }
}

/** The same directory while it is being furnished: the machine's network, no services. */
class SetupRoot extends Root {
  constructor(directory) {
    super();
    this.directory = directory;
  }

  command(command, args) {
    return ['unshare', ['--mount', 'sh', setupScript, this.directory, command, ...args]];
  }
}

async function refuseWithoutNamespaces() {
  const { code, stderr } = await capture('unshare', [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    'mount',
    '-t',
    'tmpfs',
    'none',
    '/mnt',
  ]);
  if (code !== 0) throw new Unavailable(`no mounts or namespaces allowed here: ${stderr.trim().split('\n')[0]}`);
}

function sameDirectory(one, other) {
  if (!fs.existsSync(other)) return false;
  const [a, b] = [fs.statSync(one), fs.statSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}
