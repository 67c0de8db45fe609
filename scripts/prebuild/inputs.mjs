/** What a build depends on, as one digest. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../common/shell.mjs';

/** Files and directories of the checkout that go into the binary or decide how it is made. */
const sources = [
  'binding.gyp',
  'native',
  'scripts/make-napi-bind.js',
  'scripts/make-version-resource.js',
  'scripts/prebuild-win32.mjs',
  'scripts/prebuild',
];
const modules = ['node-addon-api', 'node-api-headers', 'node-gyp', 'prebuildify'];

/**
 * @param {string} checkout
 * @param {string} compiler
 */
export async function digestOfInputs(checkout, compiler) {
  const hash = crypto.createHash('sha256');
  for (const name of sources.flatMap((source) => filesBelow(checkout, source))) {
    hash.update(`${name}\0`).update(fs.readFileSync(path.join(checkout, name)));
  }
  for (const name of modules) {
    hash.update(fs.readFileSync(path.join(checkout, 'node_modules', name, 'package.json')));
  }
  const { version, description } = JSON.parse(fs.readFileSync(path.join(checkout, 'package.json'), 'utf8'));
  hash.update(`${version}\0${description}`);
  hash.update(await run(compiler, ['--version']));
  return hash.digest('hex');
}

/** @param {string} file */
export const digestOfFile = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');

function filesBelow(checkout, name) {
  if (!fs.statSync(path.join(checkout, name)).isDirectory()) return [name];
  return fs
    .readdirSync(path.join(checkout, name))
    .sort()
    .flatMap((entry) => filesBelow(checkout, path.join(name, entry)));
}
