/** The domain controller: Samba's, on the loopback interface. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensurePackages } from '../common/apt.mjs';
import { end, isAlive } from '../common/processes.mjs';
import { step } from '../common/progress.mjs';
import { capture, run } from '../common/shell.mjs';
import { Unavailable, exitCodes } from '../common/unavailable.mjs';
import { packages } from './config.mjs';
import { controllerPaths } from './controller-paths.mjs';
import { ports, realm } from './domain.mjs';
import { isProvisioned, provision } from './provision.mjs';

const startLimit = 60_000;

/** Starts the controller of `lane`, creating its domain first if there is none. A healthy one is left unchanged. */
export async function startController(lane, root) {
  const paths = controllerPaths(lane);
  if (isHealthy(lane)) return paths;
  await stopController(lane);
  await ensurePackages('the domain controller', packages.domainController, root);
  await refuseOtherServices(root);
  if (!isProvisioned(paths)) await provision(paths, root);
  await step(`starting the domain controller of ${realm}`, () => start(paths, root));
  return paths;
}

export async function stopController(lane) {
  const { state } = controllerPaths(lane);
  const id = readJson(state);
  if (id) await end(id);
  fs.rmSync(state, { force: true });
}

/** Is the controller of `lane` running, with the accounts that this checkout expects? */
export function isHealthy(lane) {
  const paths = controllerPaths(lane);
  return isProvisioned(paths) && isAlive(readJson(paths.state));
}

async function start(paths, root) {
  fs.rmSync(paths.log, { force: true });
  await run(...root.command('mkdir', ['-p', '/run/samba'])); // winbind's sockets; made at boot where systemd runs
  const id = root.startDaemon('samba', ['-F', '--no-process-group', '-s', paths.smbConf], paths.log);
  fs.writeFileSync(paths.state, JSON.stringify(id));
  const deadline = Date.now() + startLimit;
  while (!(await isServing(root))) {
    if (!isAlive(id) || Date.now() > deadline) {
      await end(id);
      throw new Error(`the domain controller did not start; the end of ${paths.log}:\n${tail(paths.log)}`);
    }
    await sleep(100);
  }
}

async function isServing(root) {
  const listening = await root.listening();
  return [ports.kerberos, ports.ldap, ports.ldaps].every((port) => listening.has(port)) && (await winbindAnswers(root));
}

/** Winbind verifies NTLM, through a socket with a fixed path. */
const winbindAnswers = async (root) => (await capture(...root.command('wbinfo', ['-p']))).code === 0;

async function refuseOtherServices(root) {
  const listening = await root.listening();
  const taken = Object.values(ports).find((port) => listening.has(port));
  if (taken) throw new Unavailable(`port ${taken} is taken by ${listening.get(taken)}`, exitCodes.portTaken);
  if (await winbindAnswers(root)) {
    throw new Unavailable('another winbind serves this machine', exitCodes.portTaken);
  }
}

function readJson(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

function tail(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').slice(-10).join('\n') : '';
}
