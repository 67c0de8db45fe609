/** The scripted security package of the native tests: built from their source, known to the prefix's secur32. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensurePackages } from '../common/apt.mjs';
import { note, step } from '../common/progress.mjs';
import { run } from '../common/shell.mjs';
import { checkout, labDir, packages } from './config.mjs';
import { machine } from './roots.mjs';
import { compiler, prefixDirectory, wineEnvironment } from './wine.mjs';

/** C sources below src/, and a module definition file that gives the DLL its name. */
const directory = path.join(checkout, 'test/native/scripted-package');
const providersKey = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders';

/**
 * Builds and registers the package when its source is new; does nothing where there is no source. A package that does
 * not build is reported and leaves the lane usable: the tests that need it fail.
 */
export async function installTestPackages(lane, root) {
  const definition = fs.existsSync(directory) && fs.readdirSync(directory).find((name) => name.endsWith('.def'));
  if (!definition) return;
  const sources = fs.readdirSync(path.join(directory, 'src')).sort();
  const files = [definition, ...sources.map((name) => path.join('src', name))];
  const digest = digestOf(files);
  const installed = path.join(prefixDirectory(lane), '.scripted-package');
  if (read(installed) === digest) return;
  const library = `${path.parse(definition).name}.dll`;
  try {
    await build(library, files, digest);
    await install(library, lane, root);
    fs.writeFileSync(installed, digest);
  } catch (error) {
    const log = path.join(labDir, 'scripted-package.log');
    fs.writeFileSync(log, error.message);
    note(`THE SCRIPTED SECURITY PACKAGE IS NOT INSTALLED in ${lane}: see ${log}`);
  }
}

function digestOf(files) {
  const hash = crypto.createHash('sha256');
  for (const name of files) hash.update(`${name}\0`).update(fs.readFileSync(path.join(directory, name)));
  return hash.digest('hex');
}

/** One build serves all lanes. */
async function build(library, files, digest) {
  const output = path.join(labDir, library);
  if (read(`${output}.sha256`) === digest) return;
  await ensurePackages('the cross compiler', packages.mingw, machine);
  const inputs = files.filter((file) => /\.(c|def)$/.test(file)).map((file) => path.join(directory, file));
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-municode', '-shared', '-s'];
  await step('building the scripted security package', () =>
    run(compiler, [...flags, '-o', output, ...inputs, '-lsecur32']),
  );
  fs.writeFileSync(`${output}.sha256`, digest);
}

async function install(library, lane, root) {
  const target = path.join(prefixDirectory(lane), 'drive_c/windows/system32', library);
  // Renamed into place: a program that still has the old one loaded keeps it.
  fs.copyFileSync(path.join(labDir, library), `${target}.new`);
  fs.renameSync(`${target}.new`, target);
  const value = ['/v', 'SecurityProviders', '/t', 'REG_SZ', '/d', library, '/f'];
  const env = { ...process.env, ...wineEnvironment(lane) };
  await run(...root.command('wine', ['reg', 'add', providersKey, ...value]), { env });
}

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined);
