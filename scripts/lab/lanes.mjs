/** The lanes: a Wine, a domain controller beside it, and the versions of Node that run there. */
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, labDir } from './config.mjs';
import * as domain from './domain.mjs';
import { controllerPaths, isHealthy, startController, stopController } from './controller.mjs';
import { DebianRoot } from './debian-root.mjs';
import { describeLab } from './describe.mjs';
import { locked } from '../common/lock.mjs';
import { machine } from './roots.mjs';
import { installTestPackages } from './test-packages.mjs';
import { writeTickets } from './tickets.mjs';
import { Unavailable, exitCodes } from '../common/unavailable.mjs';
import { ensureWine, prefixDirectory, stopWine, windowsPath, wineEnvironment } from './wine.mjs';

/**
 * @typedef {{
 *   name: string,
 *   nodes: readonly number[],
 *   open(): Promise<import('./roots.mjs').Root>,
 *   opened(): import('./roots.mjs').Root | undefined,
 *   close(): Promise<void>,
 * }} Lane `open` makes the root ready, `opened` finds one that is, `close` undoes `open`
 */

const trixie = new DebianRoot('trixie');

/** @type {Record<string, Lane>} */
export const lanes = {
  wine8: {
    name: 'wine8',
    nodes: [22],
    open: async () => machine,
    opened: () => machine,
    close: async () => {},
  },
  wine10: {
    name: 'wine10',
    nodes: [22, 24, 26],
    open: () => trixie.open(),
    opened: () => (trixie.isOpen() ? trixie : undefined),
    close: () => trixie.close(),
  },
};

export const defaultLane = 'wine8';

/** Domain controllers, ports and the root of Debian 13 are the machine's: one change at a time, over all checkouts. */
const lockFile = path.join(cacheDir, 'lock');

export const labFile = (lane) => path.join(labDir, lane.name, 'lab.json');

/** Brings the lane up, or finds that it is up. Throws `Unavailable` where this machine cannot have it. */
export async function up(lane) {
  refuseWithoutRoot();
  return locked(lockFile, async () => {
    const root = await lane.open();
    const wineVersion = await ensureWine(lane.name, root);
    const controller = await startController(lane.name, root);
    const tickets = path.join(labDir, lane.name, 'tickets', 'alice');
    await writeTickets('alice', tickets, controller.krb5Conf, root);
    await installTestPackages(lane.name, root);
    const description = describeLab(lane.name, wineVersion, controller, tickets);
    fs.writeFileSync(labFile(lane), `${JSON.stringify(description, null, 2)}\n`);
    return root;
  });
}

/** Is the lane up, as far as `down` would have something to do? */
export async function isUp(lane) {
  return lane.opened() !== undefined && (await isHealthy(lane.name));
}

export async function down(lane) {
  refuseWithoutRoot();
  await locked(lockFile, async () => {
    const root = lane.opened();
    if (root) {
      await stopWine(lane.name, root);
      await stopController(lane.name);
    }
    await lane.close();
    fs.rmSync(labFile(lane), { force: true });
  });
}

/** @returns {Promise<Record<string, string>>} one line for each part */
export async function status(lane) {
  return {
    'domain controller': (await isHealthy(lane.name)) ? `running, realm ${domain.realm}` : 'stopped',
    prefix: fs.existsSync(prefixDirectory(lane.name)) ? prefixDirectory(lane.name) : 'none',
    description: fs.existsSync(labFile(lane)) ? labFile(lane) : 'none',
  };
}

/** What a program of the lane needs in its environment, beside its tickets. */
export function laneEnvironment(lane) {
  const controller = controllerPaths(lane.name);
  return {
    ...wineEnvironment(lane.name),
    SSPI_LAB: windowsPath(labFile(lane)),
    KRB5_CONFIG: controller.krb5Conf,
    KRB5_KTNAME: controller.keytab,
  };
}

function refuseWithoutRoot() {
  if (process.platform !== 'linux') throw new Unavailable(`the lab is for Linux, not ${process.platform}`);
  if (process.getuid() !== 0) {
    throw new Unavailable('not root: the lab installs packages and serves ports below 1024', exitCodes.notRoot);
  }
}
