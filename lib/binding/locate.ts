import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isFullyQualified, runningFile } from './running-file';
import { sandboxed } from './sandboxed';

/** Where the addon is looked for. */
export interface Search {
  /** The file to load; undefined where there is no place to look. It need not exist. */
  readonly path: string | undefined;
  /** The value of SSPI_BINARY, where it decides. */
  readonly setting: string | undefined;
}

/**
 * Where the addon is: where SSPI_BINARY says, else in the package's own folder, else beside the running file or the single
 * executable. Nowhere else: another user may be able to write elsewhere, and what is found here is run.
 */
export function locateAddon(arch: string): Search {
  const setting = sandboxed(() => process.env['SSPI_BINARY']);
  if (setting !== undefined && setting !== '') {
    return { path: isFullyQualified(setting) ? setting : undefined, setting };
  }
  const places = placesOf(runningFile(), arch);
  return { path: places.find((path) => sandboxed(() => existsSync(path))) ?? places[0], setting: undefined };
}

function placesOf(file: string | undefined, arch: string): readonly string[] {
  if (file !== undefined && isInPackage(file)) return [packagedAddon(arch)];
  const folder = isSingleExecutable(file) ? dirname(process.execPath) : file && dirname(file);
  if (folder === undefined) return [];
  return [join(folder, 'prebuilds', `win32-${arch}`, 'sspi.node'), join(folder, 'sspi.node')];
}

/** True when this code is that of the installed package, in the folder where package.json says that it is. */
function isInPackage(file: string): boolean {
  // In a bundle `__dirname` may be any folder that the bundler had in mind.
  if (typeof __dirname !== 'string' || file !== join(__dirname, 'running-file.js')) return false;
  if (basename(__dirname) !== 'binding' || basename(dirname(__dirname)) !== 'dist') return false;
  const manifest = sandboxed(() => readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  const name = sandboxed(() => (JSON.parse(manifest ?? '{}') as { readonly name?: unknown }).name);
  return name === 'sspi';
}

/** In one expression that begins with `__dirname`, for programs that trace which files a program needs (`@vercel/nft`). */
function packagedAddon(arch: string): string {
  return join(__dirname, '..', '..', 'prebuilds', `win32-${arch}`, 'sspi.node');
}

/**
 * True inside an executable that holds the program. The names of files that the engine knows are then those of the machine
 * that built it (Node), or of no file system (Bun).
 */
function isSingleExecutable(file: string | undefined): boolean {
  if (process.versions['bun'] !== undefined) return file !== undefined && /^(\/\$bunfs|B:[\\/]~BUN)[\\/]/i.test(file);
  // Node 20.11 does not have this module.
  return sandboxed(() => (require('node:sea') as typeof import('node:sea')).isSea()) === true;
}
