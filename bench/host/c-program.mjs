/** Builds bench/native/cbench.c for Windows. */
import fs from 'node:fs';
import path from 'node:path';
import { ensurePackages } from '../../scripts/common/apt.mjs';
import { run } from '../../scripts/common/shell.mjs';
import { checkout, packages } from '../../scripts/lab/config.mjs';
import { machine } from '../../scripts/lab/roots.mjs';
import { compiler } from '../../scripts/lab/wine.mjs';

const source = path.join(checkout, 'bench/native/cbench.c');
const directory = path.join(checkout, 'node_modules/.cache/bench');
const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-s'];

/** @returns {Promise<string>} the program's path relative to the checkout, as every program there can name it */
export async function buildCProgram() {
  const program = path.join(directory, 'cbench.exe');
  fs.mkdirSync(directory, { recursive: true });
  if (process.platform === 'win32') {
    // In a developer command prompt, where cl is on the path.
    const options = ['/nologo', '/std:c11', '/O2', `/Fo${directory}\\`, `/Fe${program}`];
    await run('cl', [...options, source, 'secur32.lib', 'shell32.lib']);
  } else if (!isNewer(program, source)) {
    await ensurePackages('the cross compiler', packages.mingw, machine);
    await run(compiler, [...flags, '-o', program, source, '-lsecur32']);
  }
  return path.relative(checkout, program);
}

const isNewer = (file, than) => fs.existsSync(file) && fs.statSync(file).mtimeMs > fs.statSync(than).mtimeMs;
