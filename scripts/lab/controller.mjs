/** The domain controller: Samba's, on the loopback interface, with its database below the lab's cache directory. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cacheDir, packages } from './config.mjs';
import * as domain from './domain.mjs';
import { ensurePackages } from '../common/apt.mjs';
import { capture, run } from '../common/shell.mjs';
import { end, isAlive } from '../common/processes.mjs';
import { step } from '../common/progress.mjs';
import { Unavailable, exitCodes } from '../common/unavailable.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const populateScript = path.join(here, 'populate.py');

/** What Samba needs for logons and LDAP. Left out: its DNS, NetBIOS, replication and file servers. */
const services = 'rpc ldap cldap kdc winbindd';

/** @param {string} lane */
export function controllerPaths(lane) {
  const directory = path.join(cacheDir, 'dc', lane);
  return {
    directory,
    smbConf: path.join(directory, 'etc/smb.conf'),
    krb5Conf: path.join(directory, 'krb5.conf'),
    keytab: path.join(directory, 'services.keytab'),
    certificate: path.join(directory, 'tls.pem'),
    certificateKey: path.join(directory, 'tls.key'),
    log: path.join(directory, 'samba.log'),
    stamp: path.join(directory, 'definition.sha256'),
    state: path.join(directory, 'process.json'),
  };
}

/** Starts the controller of `lane`, making its domain first where there is none. A healthy one is left as it is. */
export async function startController(lane, root) {
  const paths = controllerPaths(lane);
  if (await isHealthy(lane)) return paths;
  await stopController(lane);
  await ensurePackages('the domain controller', packages.domainController, root);
  await refuseTakenPorts(root);
  if (!isProvisioned(paths)) await provision(paths, root);
  await step(`starting the domain controller of ${domain.realm}`, () => start(paths, root));
  return paths;
}

export async function stopController(lane) {
  const { state } = controllerPaths(lane);
  const id = readJson(state);
  if (id) await end(id);
  fs.rmSync(state, { force: true });
}

/** Is the controller of `lane` running, with the accounts that this checkout expects? */
export async function isHealthy(lane) {
  const paths = controllerPaths(lane);
  return isProvisioned(paths) && isAlive(readJson(paths.state));
}

function isProvisioned(paths) {
  return fs.existsSync(paths.stamp) && fs.readFileSync(paths.stamp, 'utf8') === fingerprint();
}

/** Changes whenever the domain must be made anew. */
function fingerprint() {
  const hash = crypto.createHash('sha256');
  for (const file of [fileURLToPath(import.meta.url), path.join(here, 'domain.mjs'), populateScript]) {
    hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

async function provision(paths, root) {
  fs.rmSync(paths.directory, { recursive: true, force: true });
  fs.mkdirSync(paths.directory, { recursive: true });
  // Nobody relies on this database after a power failure, and without fsync it is made in a fraction of the time.
  const options = {
    interfaces: 'lo',
    'bind interfaces only': 'yes',
    'pid directory': path.join(paths.directory, 'run'),
    'server services': services,
    'ldb:nosync': 'yes',
    'log file': paths.log,
    'max log size': '0',
    'prefork children': '2',
    'tls certfile': paths.certificate,
    'tls keyfile': paths.certificateKey,
    'tls cafile': paths.certificate,
  };
  await step(`making the domain ${domain.realm}`, () =>
    run(
      ...root.command('samba-tool', [
        'domain',
        'provision',
        `--targetdir=${paths.directory}`,
        `--realm=${domain.realm}`,
        `--domain=${domain.workgroup}`,
        '--server-role=dc',
        '--dns-backend=NONE',
        '--use-rfc2307',
        `--adminpass=${domain.administratorPassword}`,
        `--host-name=${domain.controller.name}`,
        `--host-ip=${domain.controller.address}`,
        ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
      ]),
    ),
  );
  fs.mkdirSync(path.join(paths.directory, 'run'));
  fs.writeFileSync(paths.krb5Conf, krb5Conf());
  await makeCertificate(paths, root);
  await step('adding users, groups and services', () =>
    run(...root.command('/usr/bin/python3', [populateScript, paths.smbConf, paths.keytab]), {
      input: JSON.stringify(domain),
    }),
  );
  fs.writeFileSync(paths.stamp, fingerprint());
}

/** Its own issuer. Samba would make one without subject alternative names. */
async function makeCertificate(paths, root) {
  const { host, address } = domain.controller;
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-days', '3650', '-subj', `/CN=${host}`];
  const names = `subjectAltName=DNS:${host},DNS:localhost,IP:${address}`;
  const files = ['-keyout', paths.certificateKey, '-out', paths.certificate];
  await run(...root.command('openssl', [...args, '-addext', names, ...files]));
  fs.chmodSync(paths.certificateKey, 0o600);
}

function krb5Conf() {
  return `[libdefaults]
  default_realm = ${domain.realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1

[realms]
  ${domain.realm} = {
    kdc = ${domain.controller.address}
    admin_server = ${domain.controller.address}
  }

[domain_realm]
  .${domain.dnsDomain} = ${domain.realm}
  ${domain.dnsDomain} = ${domain.realm}
  localhost = ${domain.realm}
`;
}

async function start(paths, root) {
  fs.rmSync(paths.log, { force: true });
  await run(...root.command('mkdir', ['-p', '/run/samba'])); // winbind's sockets; made at boot where systemd runs
  const id = root.startDaemon('samba', ['-F', '--no-process-group', '-s', paths.smbConf], paths.log);
  fs.writeFileSync(paths.state, JSON.stringify(id));
  const deadline = Date.now() + 60_000;
  while (!(await answers(root))) {
    if (!isAlive(id) || Date.now() > deadline) {
      await end(id);
      throw new Error(`the domain controller did not start; the end of ${paths.log}:\n${tail(paths.log)}`);
    }
    await sleep(100);
  }
}

/** Winbind serves NTLM. */
async function answers(root) {
  const open = [domain.ports.kerberos, domain.ports.ldap, domain.ports.ldaps].map(String);
  const sockets = await root.listening();
  if (!open.every((port) => sockets.has(Number(port)))) return false;
  return (await capture(...root.command('wbinfo', ['-p']))).code === 0;
}

async function refuseTakenPorts(root) {
  const sockets = await root.listening();
  for (const port of Object.values(domain.ports)) {
    if (sockets.has(port)) {
      throw new Unavailable(`port ${port} is taken by ${sockets.get(port)}`, exitCodes.portTaken);
    }
  }
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function tail(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').slice(-10).join('\n') : '';
}
