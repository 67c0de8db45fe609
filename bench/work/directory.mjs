/** The directory of the tests, in a process of its own: it protects its answers while the measured process opens others. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @param {readonly string[]} layers @param {number} entries how many each search finds @returns {Promise<number[]>} ports */
export async function serve(layers, entries) {
  const { FakeDirectory } = require('../../dist-test/unit/ldap/directory.js');
  const directories = await Promise.all(layers.map((layer) => FakeDirectory.start({ layer }, { entries })));
  return directories.map(({ port }) => port);
}
