/** The requirements for a shipped binary: small, for the right machine, hardened, and importing only system DLLs. */
import fs from 'node:fs';
import { run } from '../common/shell.mjs';

const maximumBytes = 320 * 1024;
const systemLibraries = new Set(['kernel32.dll', 'msvcrt.dll', 'secur32.dll', 'advapi32.dll']);
const formats = { 'x86_64-w64-mingw32': 'pei-x86-64', 'i686-w64-mingw32': 'pei-i386' };
const hardening = ['DYNAMIC_BASE', 'NX_COMPAT'];

/**
 * Throws if `file` must not be shipped.
 * @param {string} file
 * @param {keyof typeof formats} triple
 */
export async function checkBinary(file, triple) {
  const dump = await run(`${triple}-objdump`, ['-p', file]);
  const libraries = [...dump.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name.toLowerCase());
  const problems = [
    !dump.includes(`file format ${formats[triple]}`) && `not ${formats[triple]}`,
    fs.statSync(file).size > maximumBytes && `${fs.statSync(file).size} bytes, more than ${maximumBytes}`,
    libraries.length === 0 && 'no import table',
    ...libraries.filter((name) => !systemLibraries.has(name)).map((name) => `imports ${name}`),
    ...hardening.filter((name) => !dump.includes(name)).map((name) => `lacks ${name}`),
    !/\bnapi_register_module_v1\b/.test(dump) && 'does not export napi_register_module_v1',
  ].filter(Boolean);
  if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}`);
}
