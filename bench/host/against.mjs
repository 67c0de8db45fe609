/** Another commit of this package, built separately, to be measured alternately with this one. */
import fs from 'node:fs';
import path from 'node:path';
import { capture, run } from '../../scripts/common/shell.mjs';
import { checkout } from '../../scripts/lab/config.mjs';

const directory = path.join(checkout, 'node_modules/.cache/bench/against');
const modules = path.join(checkout, 'node_modules');
const buildBinary =
  process.platform === 'win32'
    ? ['node_modules/prebuildify/bin.js', '--napi', '--strip', '--name', 'sspi']
    : ['scripts/prebuild-win32.mjs', 'x64'];

/**
 * @param {string} ref whatever git takes for a commit
 * @returns {Promise<{ label: string, checkout: string }>} the commit's short name, and where its dist/ and prebuilds/ are,
 *   relative to this checkout
 */
export async function buildAgainst(ref) {
  const { code, stdout } = await capture('git', ['rev-parse', '--verify', `${ref}^{commit}`], { cwd: checkout });
  if (code !== 0) throw new Error(`${ref} is no commit`);
  const commit = stdout.trim();
  const place = path.join(directory, commit);
  if (!fs.existsSync(path.join(place, 'built'))) {
    fs.rmSync(place, { recursive: true, force: true });
    fs.mkdirSync(place, { recursive: true });
    const archive = path.join(directory, `${commit}.tar`);
    await run('git', ['archive', '--output', archive, commit], { cwd: checkout });
    await run('tar', ['-xf', archive, '-C', place]);
    fs.rmSync(archive);
    linkModules(place);
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], { cwd: place });
    await run(process.execPath, buildBinary, { cwd: place });
    fs.writeFileSync(path.join(place, 'built'), '');
  }
  return { label: commit.slice(0, 7), checkout: path.relative(checkout, place) };
}

/** One by one: caches of builds are each checkout's own. */
function linkModules(place) {
  fs.mkdirSync(path.join(place, 'node_modules'));
  for (const name of fs.readdirSync(modules)) {
    if (name !== '.cache') fs.symlinkSync(path.join(modules, name), path.join(place, 'node_modules', name), 'junction');
  }
}
