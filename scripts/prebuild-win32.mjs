#!/usr/bin/env node
/**
 * Builds the Windows binaries on Linux: MinGW-w64, through prebuildify, from the binding.gyp that Windows uses too.
 *
 *   node scripts/prebuild-win32.mjs [--force] [x64] [ia32]
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './common/apt.mjs';
import { locked } from './common/lock.mjs';
import { step, note } from './common/progress.mjs';
import { capture, run } from './common/shell.mjs';
import { Unavailable, exitCodes } from './common/unavailable.mjs';
import { checkout, packages } from './lab/config.mjs';
import { machine } from './lab/roots.mjs';
import { checkBinary } from './prebuild/binary-check.mjs';
import { headersDirectory } from './prebuild/headers.mjs';
import { digestOfFile, digestOfInputs } from './prebuild/inputs.mjs';

/** GNU's name for the target, by Node's name for the architecture. The posix variant has std::mutex. */
const triples = { x64: 'x86_64-w64-mingw32', ia32: 'i686-w64-mingw32' };

/**
 * Makes prebuilds/win32-<arch>/ for each of `architectures`; one whose inputs have not changed is left as it is.
 * @param {readonly string[]} [architectures]
 * @param {{ force?: boolean }} [options]
 */
export async function prebuild(architectures = Object.keys(triples), options = {}) {
  await ensurePackages('the cross compiler', packages.mingw, machine);
  // node-gyp builds in build/ of the checkout, whatever the architecture.
  await locked(path.join(checkout, 'node_modules/.cache/prebuild-win32.lock'), async () => {
    for (const arch of architectures) {
      const inputs = await digestOfInputs(checkout, `${triples[arch]}-g++-posix`);
      if (!options.force && isCurrent(arch, inputs)) continue;
      await step(`building win32-${arch} with MinGW-w64`, () => build(arch));
      await checkBinary(binaryOf(arch), triples[arch]);
      // -static links it in: binding.gyp.
      fs.copyFileSync(notice, noticeOf(arch));
      fs.mkdirSync(path.dirname(stampOf(arch)), { recursive: true });
      fs.writeFileSync(stampOf(arch), JSON.stringify({ inputs, binary: digestOfFile(binaryOf(arch)) }));
    }
  });
}

/** @param {string} arch */
export const binaryOf = (arch) => path.join(checkout, 'prebuilds', `win32-${arch}`, 'sspi.node');

/** The licence of what is linked in from MinGW-w64, which asks to be handed on with the binary. */
const notice = path.join(checkout, 'scripts/prebuild/winpthreads-notice.txt');
const noticeOf = (arch) => path.join(path.dirname(binaryOf(arch)), path.basename(notice));

const stampOf = (arch) => path.join(checkout, 'node_modules/.cache', `prebuild-win32-${arch}.json`);

function isCurrent(arch, inputs) {
  if (![stampOf(arch), binaryOf(arch), noticeOf(arch)].every((file) => fs.existsSync(file))) return false;
  const stamp = JSON.parse(fs.readFileSync(stampOf(arch), 'utf8'));
  return stamp.inputs === inputs && stamp.binary === digestOfFile(binaryOf(arch));
}

async function build(arch) {
  const triple = triples[arch];
  const nodedir = await headersDirectory();
  const env = {
    ...process.env,
    GYP_DEFINES: 'OS=win',
    CC: `${triple}-gcc-posix`,
    CXX: `${triple}-g++-posix`,
    AR: `${triple}-ar`,
    PREBUILD_STRIP_BIN: `${triple}-strip`,
    PREBUILD_NODE_GYP: path.join(checkout, 'node_modules/.bin/node-gyp'),
    SOURCE_DATE_EPOCH: await sourceDate(),
    JOBS: 'max',
    ...(nodedir && { npm_config_nodedir: nodedir }),
  };
  const prebuildify = path.join(checkout, 'node_modules/.bin/prebuildify');
  const target = process.versions.node;
  const args = ['--platform', 'win32', '--arch', arch, '--target', target, '--napi', '--strip', '--name', 'sspi'];
  await run(prebuildify, args, { cwd: checkout, env });
}

/** The time of the last commit, so that the same sources give the same bytes. 0 outside a git repository. */
async function sourceDate() {
  const { code, stdout } = await capture('git', ['log', '-1', '--format=%ct'], { cwd: checkout });
  return code === 0 ? stdout.trim() : '0';
}

async function main() {
  const { values, positionals } = parseArgs({ options: { force: { type: 'boolean' } }, allowPositionals: true });
  const unknown = positionals.find((arch) => !(arch in triples));
  if (unknown) {
    note(`${unknown} is none of ${Object.keys(triples).join(', ')}`);
    return exitCodes.usage;
  }
  const architectures = positionals.length > 0 ? positionals : Object.keys(triples);
  await prebuild(architectures, values);
  for (const arch of architectures)
    note(`${path.relative('', binaryOf(arch))}: ${fs.statSync(binaryOf(arch)).size} bytes`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main();
  } catch (error) {
    note(error instanceof Unavailable ? `unavailable: ${error.message}` : error.message);
    process.exitCode = error.exitCode ?? exitCodes.failed;
  }
}
