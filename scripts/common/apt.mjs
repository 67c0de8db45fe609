/** Debian packages, installed only if they are missing. */
import fs from 'node:fs';
import { capture, run } from './shell.mjs';
import { step } from './progress.mjs';
import { Unavailable, exitCodes } from './unavailable.mjs';

/** Roots whose package lists this process has renewed. */
const updated = new Set();

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs what is missing of `packages` in `root`.
 * @param {string} purpose for the progress line
 * @param {readonly string[]} packages
 * @param {import('../lab/roots.mjs').Root} root
 */
export async function ensurePackages(purpose, packages, root) {
  const missing = await missingPackages(packages, root);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    throw new Unavailable(`not root, so apt cannot install ${missing.join(' ')}`, exitCodes.notRoot);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const apt = (...args) => run(...root.command('apt-get', ['-q', '-y', '-o', 'Acquire::Retries=3', ...args]), { env });
  if (!updated.has(root.directory)) await step('apt-get update', () => apt('update'));
  updated.add(root.directory);
  await step(`apt-get install ${missing.length} packages for ${purpose}`, () =>
    withoutServices(root, () => apt('install', '--no-install-recommends', ...missing)),
  );
}

async function missingPackages(packages, root) {
  const query = await capture(
    ...root.command('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages]),
  );
  if (query.code === 127) throw new Unavailable('not a Debian machine (no dpkg)');
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Prevents the packages from starting services, which would use the ports that the lab needs. */
async function withoutServices(root, work) {
  const file = root.directory + policyFile;
  if (fs.existsSync(file)) return work();
  fs.writeFileSync(file, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
