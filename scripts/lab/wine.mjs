/** Wine on one root: its prefix (the Windows directory tree), and the helper that starts programs in it. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { labDir, packages } from './config.mjs';
import { ensurePackages } from '../common/apt.mjs';
import { run } from '../common/shell.mjs';
import { end, isAlive } from '../common/processes.mjs';
import { step } from '../common/progress.mjs';
import { machine } from './roots.mjs';

const winerunSource = fileURLToPath(new URL('winerun.c', import.meta.url));
const winerun = path.join(labDir, 'winerun.exe');

export const compiler = 'x86_64-w64-mingw32-gcc-posix';

/** What Wine's programs must find in their environment. WINEDEBUG stays as the caller set it. */
export function wineEnvironment(lane) {
  return {
    WINEPREFIX: prefixDirectory(lane),
    WINEARCH: 'win64',
    // Wine converts file names and arguments by the locale, and ASCII would lose the rest.
    LC_ALL: 'C.UTF-8',
    WINEDEBUG: process.env.WINEDEBUG ?? '-all',
    // No .NET, no browser engine, no desktop menu entries.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
  };
}

export const prefixDirectory = (lane) => path.join(labDir, lane, 'prefix');

/** A path of the machine as Windows programs see it. */
export const windowsPath = (file) => `Z:${file.replaceAll('/', '\\')}`;

/** The command line that runs a Windows program with live standard streams and its exit code. */
export const wineCommand = (executable, args) => ['wine', [winerun, executable, ...args]];

/** Makes the prefix where there is none, and keeps its services running. */
export async function ensureWine(lane, root) {
  await ensurePackages('Wine', packages.wine, root);
  await ensureWinerun();
  const env = { ...process.env, ...wineEnvironment(lane) };
  const version = (await run(...root.command('wine', ['--version']), { env })).trim();
  const stamp = path.join(prefixDirectory(lane), '.complete');
  if (read(stamp) !== version) {
    await step(`making a prefix for ${version}`, () => makePrefix(lane, root, env));
    fs.writeFileSync(stamp, version);
  }
  holdServices(lane, root, env);
  return version;
}

/** Ends every program in the prefix. */
export async function stopWine(lane, root) {
  const id = JSON.parse(read(holdFile(lane)) ?? 'null') ?? undefined;
  if (id) await end(id);
  fs.rmSync(holdFile(lane), { force: true });
  if (!fs.existsSync(prefixDirectory(lane))) return;
  const env = { ...process.env, ...wineEnvironment(lane) };
  await run(...root.command('sh', ['-c', 'wineserver -k || true; wineserver -w']), { env });
}

async function ensureWinerun() {
  const source = fs.readFileSync(winerunSource);
  const digest = crypto.createHash('sha256').update(source).digest('hex');
  if (fs.existsSync(winerun) && read(`${winerun}.sha256`) === digest) return;
  await ensurePackages('the cross compiler', packages.mingw, machine);
  fs.mkdirSync(labDir, { recursive: true });
  await run(compiler, [
    '-std=c11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-municode',
    '-s',
    '-o',
    winerun,
    winerunSource,
  ]);
  fs.writeFileSync(`${winerun}.sha256`, digest);
}

async function makePrefix(lane, root, env) {
  const directory = prefixDirectory(lane);
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  await run(...root.command('wineboot', ['-i']), { env, timeout: 180_000 });
  // A new prefix calls itself Windows 7, and Node refuses to start there.
  await run(...root.command('wine', ['winecfg', '-v', 'win10']), { env, timeout: 60_000 });
  await run(...root.command('wineserver', ['-w']), { env, timeout: 60_000 });
}

const holdFile = (lane) => path.join(labDir, lane, 'hold.json');

/**
 * Wine starts its services with the first program and ends them after the last. Held, a program starts in 0.2 s
 * instead of 1 s, and the services do not inherit (and keep open) the first program's standard streams.
 */
function holdServices(lane, root, env) {
  if (isAlive(JSON.parse(read(holdFile(lane)) ?? 'null') ?? undefined)) return;
  const id = root.startDaemon('wine', [winerun, '--hold'], '/dev/null', env);
  fs.writeFileSync(holdFile(lane), JSON.stringify(id));
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}
