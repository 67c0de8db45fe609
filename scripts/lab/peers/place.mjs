/** A directory of one peer's own, with what servers of the domain need: keys, a certificate, Kerberos' configuration. */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { locked } from '../../common/lock.mjs';
import { run } from '../../common/shell.mjs';
import { cacheDir } from '../config.mjs';
import { controllerPaths } from '../controller-paths.mjs';
import { dnsDomain } from '../domain.mjs';

const lockFile = path.join(cacheDir, 'peers.lock');
const templates = fileURLToPath(new URL('files/', import.meta.url));

/** Names of the peers on the loopback interface. */
export const hosts = ['web', 'apache', 'proxy', 'db', 'mail', 'ldap', 'peer', 'kafka', 'sql', 'sql2'];

/** What Debian's gss-ntlmssp adds to the machine's GSSAPI, here only for the programs that should accept NTLM. */
const ntlmMechanism = 'gssntlmssp_v1 1.3.6.1.4.1.311.2.2.10 /usr/lib/x86_64-linux-gnu/gssntlmssp/gssntlmssp.so\n';

export class PeerPlace {
  /**
   * @param {string} lane whose domain controller the peer belongs to
   * @param {import('../roots.mjs').Root} root whose network it is in
   */
  static async make(lane, root) {
    await locked(lockFile, makeCertificate);
    const controller = controllerPaths(lane);
    await run('chgrp', ['winbindd_priv', path.join(controller.directory, 'state/winbindd_privileged')]);
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-peer-'));
    // Servers that give up root must find their files.
    fs.chmodSync(directory, 0o755);
    return new PeerPlace(directory, controller, root);
  }

  /** @private */
  constructor(directory, controller, root) {
    this.directory = directory;
    this.root = root;
    this.controller = controller;
    this.certificate = path.join(cacheDir, 'peers', 'tls.pem');
    this.certificateKey = this.#copy(path.join(cacheDir, 'peers', 'tls.key'), 'tls.key');
    this.keytab = this.#copy(controller.keytab, 'peers.keytab');
    this.krb5Conf = this.#copy(controller.krb5Conf, 'krb5.conf');
    this.ntlmMechanism = this.path('ntlm-mechanism.conf');
    fs.writeFileSync(this.ntlmMechanism, ntlmMechanism);
  }

  path(...names) {
    return path.join(this.directory, ...names);
  }

  /** A directory below this one. @param {string} [owner] */
  async folder(name, owner, mode = 0o755) {
    const directory = this.path(name);
    fs.mkdirSync(directory, { recursive: true });
    fs.chmodSync(directory, mode);
    if (owner) await run('chown', [`${owner}:`, directory]);
    return directory;
  }

  /** Some servers refuse keys that do not belong to their own account. */
  async keytabOf(owner) {
    const file = this.#copy(this.keytab, `${owner}.keytab`, 0o600);
    await run('chown', [owner, file]);
    return file;
  }

  /** @param {string} owner */
  async certificateKeyOf(owner) {
    const file = this.#copy(this.certificateKey, `${owner}.key`, 0o600);
    await run('chown', [owner, file]);
    return file;
  }

  /** Writes a template of files/ with its `@NAME@` filled in. @param {Record<string, string | number>} values */
  fill(template, values, name = template) {
    const text = fs.readFileSync(path.join(templates, template), 'utf8');
    const filled = text.replace(/@(\w+)@/g, (_, key) => {
      const value = { DIRECTORY: this.directory, CERTIFICATE: this.certificate, KEY: this.certificateKey, ...values }[
        key
      ];
      if (value === undefined) throw new Error(`${template} wants a value for ${key}`);
      return String(value);
    });
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), filled);
    return this.path(name);
  }

  /** For programs that use the machine's GSSAPI. @param {{ ntlm?: boolean, keytab?: string }} [options] */
  environment({ ntlm = false, keytab = this.keytab } = {}) {
    return {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      KRB5_CONFIG: this.krb5Conf,
      KRB5_KTNAME: keytab,
      KRB5RCACHENAME: 'none:',
      GSS_MECH_CONFIG: ntlm ? this.ntlmMechanism : '/dev/null',
    };
  }

  remove() {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  #copy(from, name, mode = 0o644) {
    const file = this.path(name);
    fs.copyFileSync(from, file);
    fs.chmodSync(file, mode);
    return file;
  }
}

/** A port that was free a moment ago. */
export async function freePort() {
  const [port] = await freePorts(1);
  return port;
}

/** Several ports: asked for one after the other, the same one may come twice. @param {number} count */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer());
  const listening = (server) =>
    new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  await Promise.all(servers.map(listening));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Names the peers in /etc/hosts, one a line: browsers and libkrb5 take the first of a line for the name of all. */
export async function nameHosts() {
  await locked(lockFile, async () => addHosts());
}

function addHosts() {
  const text = fs.readFileSync('/etc/hosts', 'utf8');
  const known = new Set(text.split('\n').map((line) => line.trim().split(/\s+/)[1]));
  const missing = hosts.map((host) => `${host}.${dnsDomain}`).filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const end = text.endsWith('\n') ? '' : '\n';
  fs.appendFileSync('/etc/hosts', end + missing.map((name) => `127.0.0.1 ${name}\n`).join(''));
}

async function makeCertificate() {
  const directory = path.join(cacheDir, 'peers');
  const [key, certificate] = ['tls.key', 'tls.pem'].map((name) => path.join(directory, name));
  if (fs.existsSync(certificate)) return;
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
  const names = [...hosts.map((host) => `DNS:${host}.${dnsDomain}`), 'DNS:localhost', 'IP:127.0.0.1'].join();
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-days', '3650', '-subj', '/CN=peers'];
  await run('openssl', [
    ...request,
    '-addext',
    `subjectAltName=${names}`,
    '-keyout',
    key,
    '-out',
    `${certificate}.new`,
  ]);
  fs.renameSync(`${certificate}.new`, certificate);
}
