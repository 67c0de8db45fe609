/** A Wine, a domain controller beside it, and the versions of Node that run there. */
import fs from 'node:fs';
import path from 'node:path';
import { ifUnlocked, locked } from '../common/lock.mjs';
import { Unavailable, exitCodes } from '../common/unavailable.mjs';
import { cacheDir, labDir } from './config.mjs';
import { isHealthy, startController, stopController } from './controller.mjs';
import { controllerPaths } from './controller-paths.mjs';
import { describeLab } from './describe.mjs';
import { realm } from './domain.mjs';
import { ensureNode } from './node-windows.mjs';
import { installTestPackages } from './test-packages.mjs';
import { writeTickets } from './tickets.mjs';
import { ensureWine, prefixDirectory, stopWine, windowsPath, wineCommand, wineEnvironment } from './wine.mjs';

/** Domain controllers, ports and the root of Debian 13 are the machine's: one change at a time, over all checkouts. */
const lockFile = path.join(cacheDir, 'lock');

export class WineLane {
  #root;
  #caches = 0;

  /**
   * @param {string} name
   * @param {readonly number[]} nodes major versions of Node that run there
   * @param {import('./roots.mjs').Root} root
   */
  constructor(name, nodes, root) {
    this.name = name;
    this.nodes = nodes;
    this.#root = root;
  }

  /** Where its Linux programs run. */
  get root() {
    return this.#root;
  }

  /** Brings the lane up, or finds that it is up. Throws `Unavailable` where this machine cannot have it. */
  async up() {
    refuseWithoutRoot();
    await locked(lockFile, async () => {
      await this.#root.open();
      const wineVersion = await ensureWine(this.name, this.#root);
      const controller = await startController(this.name, this.#root);
      const tickets = path.join(this.#directory, 'tickets', 'alice');
      await writeTickets('alice', tickets, controller.krb5Conf, this.#root);
      await installTestPackages(this.name, this.#root);
      const description = describeLab(this.name, wineVersion, controller, tickets);
      fs.writeFileSync(this.#labFile, `${JSON.stringify(description, null, 2)}\n`);
    });
  }

  async down() {
    refuseWithoutRoot();
    await locked(lockFile, async () => {
      if (this.#root.isOpen()) {
        await stopWine(this.name, this.#root);
        await stopController(this.name);
      }
      await this.#root.close();
      fs.rmSync(this.#labFile, { force: true });
    });
  }

  /**
   * Brings the lane up and does `work` in it.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async use(work) {
    refuseWithoutRoot();
    const brought = async () => {
      await this.up();
      return work();
    };
    return locked(this.#useFile, brought, 'shared');
  }

  /** As `down`, but leaves the lane to whoever still uses it, in any checkout. */
  async downUnlessUsed() {
    await ifUnlocked(this.#useFile, () => this.down());
  }

  isUp() {
    return this.#root.isOpen() && isHealthy(this.name) && fs.existsSync(this.#labFile);
  }

  /** @returns {Record<string, string>} one line for each part */
  status() {
    const prefix = prefixDirectory(this.name);
    return {
      'domain controller': isHealthy(this.name) ? `running, realm ${realm}` : 'stopped',
      prefix: fs.existsSync(prefix) ? prefix : 'none',
      description: fs.existsSync(this.#labFile) ? this.#labFile : 'none',
    };
  }

  /** What a program of the lane needs in its environment, beside its tickets. */
  environment() {
    const controller = controllerPaths(this.name);
    return {
      ...wineEnvironment(this.name),
      SSPI_LAB: windowsPath(this.#labFile),
      KRB5_CONFIG: controller.krb5Conf,
      KRB5_KTNAME: controller.keytab,
      // No mechanism but libgssapi's own: with gss-ntlmssp of the host, Wine's Kerberos would take NTLM's tokens.
      GSS_MECH_CONFIG: '/dev/null',
      // Wine drops channel bindings; the suites show all the rest: docs/lab.md.
      SSPI_WINE_DROPS_BINDINGS: 'accepted',
    };
  }

  /** The command line for `enter`'s `command` that runs Windows' node.exe. */
  async nodeCommand(major, args) {
    if (!this.nodes.includes(Number(major))) {
      throw new Unavailable(`${this.name} runs Node ${this.nodes.join(', ')}, not ${major}`);
    }
    return wineCommand(await ensureNode(major), args);
  }

  /**
   * What it takes to run one program, inside `use`: its environment, with a credential cache of its own (Wine's Kerberos stores the
   * tickets of an explicit identity in the default cache), and the way into the root.
   * @param {string} user whose tickets it finds (a key of `users`), or 'none'
   */
  async enter(user) {
    const cache = path.join(this.#directory, 'tickets', `run-${process.pid}-${++this.#caches}`);
    if (user !== 'none') await writeTickets(user, cache, controllerPaths(this.name).krb5Conf, this.#root);
    return {
      env: { ...this.environment(), KRB5CCNAME: `FILE:${cache}` },
      command: (command, args, cwd) => this.#root.command(command, args, cwd),
      leave: () => fs.rmSync(cache, { force: true }),
    };
  }

  get #useFile() {
    return path.join(cacheDir, `${this.name}.use`);
  }

  get #directory() {
    return path.join(labDir, this.name);
  }

  get #labFile() {
    return path.join(this.#directory, 'lab.json');
  }
}

function refuseWithoutRoot() {
  if (process.platform !== 'linux') throw new Unavailable(`the lab is for Linux, not ${process.platform}`);
  if (process.getuid() !== 0) {
    throw new Unavailable('not root: the lab installs packages and serves ports below 1024', exitCodes.notRoot);
  }
}
