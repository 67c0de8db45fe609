/** The machine and what is examined on it. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkout } from '../lab/config.mjs';

/**
 * @typedef {{
 *   system: string,
 *   release: string,
 *   wine: string | undefined,
 *   architecture: string,
 *   node: string,
 *   processors: number,
 *   memory: number,
 *   administrator: boolean,
 *   kerberosTarget: string | undefined,
 *   binaryFile: string,
 * }} Machine
 * `memory` in bytes; `kerberosTarget` is a service principal of this machine, in a domain
 */

/**
 * @param {{ wine?: string, services: { web: { spn: string } } } | undefined} lab lab.json, in the lab
 * @returns {Machine}
 */
export function describeMachine(lab) {
  return {
    system: os.version(),
    release: os.release(),
    wine: lab?.wine,
    architecture: process.arch,
    node: process.versions.node,
    processors: os.availableParallelism(),
    memory: os.totalmem(),
    administrator: lab === undefined && isAdministrator(),
    kerberosTarget: lab?.services.web.spn ?? ownPrincipal(process.env),
    binaryFile: process.env.SSPI_BINARY || path.join(checkout, 'prebuilds', `win32-${process.arch}`, 'sspi.node'),
  };
}

/** What the binary is, by its bytes. @param {string} file */
export function describeBinary(file) {
  if (!fs.existsSync(file)) return undefined;
  const bytes = fs.readFileSync(file);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The version of the package, and the commit where git tells it. */
export function describePackage() {
  const { version } = JSON.parse(fs.readFileSync(path.join(checkout, 'package.json'), 'utf8'));
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: checkout, encoding: 'utf8' });
  return { version, ...(status === 0 && { commit: stdout.trim() }) };
}

/** Elevated: the mandatory level of the token is high, or the system's. */
function isAdministrator() {
  const { stdout } = spawnSync('whoami', ['/groups'], { encoding: 'utf8', windowsHide: true });
  return /S-1-16-(12288|16384)\b/.test(stdout ?? '');
}

/** HOST stands for most services of a machine, and every domain member has it. */
function ownPrincipal({ COMPUTERNAME, USERDNSDOMAIN }) {
  return USERDNSDOMAIN === undefined ? undefined : `HOST/${`${COMPUTERNAME}.${USERDNSDOMAIN}`.toLowerCase()}`;
}
