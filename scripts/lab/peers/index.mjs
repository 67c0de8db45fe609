/** Servers that this project did not write, as peers of the addon. Each start creates a new one, on free ports. */
import path from 'node:path';
import { ensurePackages } from '../../common/apt.mjs';
import { locked } from '../../common/lock.mjs';
import { step } from '../../common/progress.mjs';
import { Unavailable } from '../../common/unavailable.mjs';
import { cacheDir } from '../config.mjs';
import { lanes } from '../lanes.mjs';
import { machine } from '../roots.mjs';
import { clientPackages } from './clients.mjs';
import { nameHosts, PeerPlace } from './place.mjs';
import * as apache from './apache.mjs';
import * as dovecot from './dovecot.mjs';
import * as gss from './gss.mjs';
import * as mariadb from './mariadb.mjs';
import * as nginx from './nginx.mjs';
import * as postfix from './postfix.mjs';
import * as saslSample from './sasl-sample.mjs';
import * as slapd from './slapd.mjs';
import * as sqlserver from './sqlserver.mjs';
import * as squid from './squid.mjs';

/** @typedef {{ stop(): Promise<void>, description: Record<string, unknown> }} RunningPeer */
/** @typedef {{ packages: readonly string[], start(place: PeerPlace): Promise<RunningPeer> }} Peer */

/** @type {Record<string, Peer>} */
export const peers = {
  apache,
  dovecot,
  gss,
  mariadb,
  nginx,
  postfix,
  'sasl-sample': saslSample,
  slapd,
  sqlserver,
  squid,
};

/**
 * Starts peers side by side.
 * @param {readonly string[]} names
 * @param {string} lane whose domain controller they belong to; it is up
 * @returns {Promise<{ description: Record<string, unknown>, stop(): Promise<void> }>} `description`: host, ports and log by name
 */
export async function startPeers(names, lane) {
  const unknown = names.find((name) => !Object.hasOwn(peers, name));
  if (unknown) throw new Unavailable(`no peer is called ${unknown}: ${Object.keys(peers).join(', ')}`);
  await installPeers(names);
  const started = await step(`starting ${names.join(', ')}`, () =>
    Promise.allSettled(names.map(async (name) => [name, await startOne(peers[name], lane)])),
  );
  const running = started.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  const stop = async () => void (await Promise.all(running.map(([, peer]) => peer.stop())));
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { description: Object.fromEntries(running.map(([name, peer]) => [name, peer.description])), stop };
}

/** Installs what peers and client programs need, in one go, and names the hosts that they are asked for. */
export async function installPeers(names = Object.keys(peers)) {
  const packages = [...new Set([...clientPackages, ...names.flatMap((name) => peers[name].packages)])];
  // apt runs once at a time, and a lane that comes up may need it, too.
  await locked(path.join(cacheDir, 'lock'), () => ensurePackages('the third-party peers', packages, machine));
  await nameHosts();
}

async function startOne(peer, lane) {
  const place = await PeerPlace.make(lane, lanes[lane].root);
  try {
    const { stop, description } = await peer.start(place);
    return { description, stop: () => stop().finally(() => place.remove()) };
  } catch (error) {
    place.remove();
    throw error;
  }
}
