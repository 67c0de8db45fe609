/** The npm package kerberos, compiled for the machine's own Node: its registry tarball has sources only. */
import fs from 'node:fs';
import path from 'node:path';
import { locked } from '../../common/lock.mjs';
import { step } from '../../common/progress.mjs';
import { run } from '../../common/shell.mjs';
import { headersDirectory } from '../../prebuild/headers.mjs';
import { cacheDir } from '../config.mjs';

const version = '7.0.0';

/** What node-gyp needs, and libgssapi with its headers. */
export const packages = ['g++', 'make', 'python3', 'libkrb5-dev'];

/** @returns {Promise<string>} the directory of the package */
export async function ensureKerberos() {
  const directory = path.join(cacheDir, 'peers', `kerberos-${version}-${process.versions.modules}`);
  const found = path.join(directory, 'node_modules', 'kerberos');
  await locked(`${directory}.lock`, async () => {
    if (fs.existsSync(directory)) return;
    await step(`compiling kerberos@${version} of the npm registry`, () => compile(directory));
  });
  return found;
}

async function compile(directory) {
  const scratch = fs.mkdtempSync(`${directory}-`);
  try {
    const headers = await headersDirectory();
    const env = { ...process.env, ...(headers ? { npm_config_nodedir: headers } : {}) };
    // Its script first looks for a binary to download, which needs GitHub, and then compiles: only the latter is wanted.
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock'];
    await run('npm', ['install', ...quiet, '--ignore-scripts', `kerberos@${version}`], { cwd: scratch, env });
    const gyp = new URL('../../../node_modules/node-gyp/bin/node-gyp.js', import.meta.url).pathname;
    await run(process.execPath, [gyp, 'rebuild'], { cwd: path.join(scratch, 'node_modules', 'kerberos'), env });
    fs.renameSync(scratch, directory);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
