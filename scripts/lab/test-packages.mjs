/** The scripted security package of the native tests: built from their source, known to the prefix's secur32. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { checkout, labDir, packages } from './config.mjs';
import { ensurePackages } from '../common/apt.mjs';
import { run } from '../common/shell.mjs';
import { note, step } from '../common/progress.mjs';
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
  const files = [
    definition,
    ...fs
      .readdirSync(path.join(directory, 'src'))
      .map((name) => path.join('src', name))
      .sort(),
  ];
  const stamp = path.join(prefixDirectory(lane), '.scripted-package');
  const digest = digestOf(files);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return;
  const log = path.join(labDir, lane, 'scripted-package.log');
  try {
    await step('installing the scripted security package', () =>
      install(lane, root, files, path.parse(definition).name),
    );
    fs.writeFileSync(stamp, digest);
  } catch (error) {
    fs.writeFileSync(log, error.message);
    note(`THE SCRIPTED SECURITY PACKAGE IS NOT INSTALLED: it does not build, see ${log}`);
  }
}

function digestOf(files) {
  const hash = crypto.createHash('sha256');
  for (const name of files) hash.update(`${name}\0`).update(fs.readFileSync(path.join(directory, name)));
  return hash.digest('hex');
}

async function install(lane, root, files, name) {
  await ensurePackages('the cross compiler', packages.mingw, machine);
  const library = `${name}.dll`;
  const built = path.join(labDir, lane, library);
  const inputs = files.filter((file) => /\.(c|def)$/.test(file)).map((file) => path.join(directory, file));
  await run(compiler, ['-std=c11', '-O2', '-municode', '-shared', '-s', '-o', built, ...inputs, '-lsecur32']);
  const system32 = path.join(prefixDirectory(lane), 'drive_c/windows/system32');
  // Renamed into place: a program that still has the old one loaded keeps it.
  fs.copyFileSync(built, path.join(system32, `${library}.new`));
  fs.renameSync(path.join(system32, `${library}.new`), path.join(system32, library));
  const value = ['/v', 'SecurityProviders', '/t', 'REG_SZ', '/d', library, '/f'];
  const env = { ...process.env, ...wineEnvironment(lane) };
  await run(...root.command('wine', ['reg', 'add', providersKey, ...value]), { env });
}
