import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isFullyQualified, runningFile } from './running-file';
import { sandboxed } from './sandboxed';

/** Where the addon is searched for. */
export interface Search {
  /** The file to load; undefined if there is no place to search. It need not exist. */
  readonly path: string | undefined;
  /** The value of SSPI_BINARY, if that is used. */
  readonly setting: string | undefined;
}

/**
 * The location of the addon: what SSPI_BINARY says, otherwise the package's own folder, otherwise next to the running file or
 * the single executable. It is searched for nowhere else, because other users may be able to write elsewhere, and the file that
 * is found is run.
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

/** True if this code is that of the installed package, in the folder that package.json confirms. */
function isInPackage(file: string): boolean {
  // In a bundle, `__dirname` may be any folder that the bundler chose.
  if (typeof __dirname !== 'string' || file !== join(__dirname, 'running-file.js')) return false;
  if (basename(__dirname) !== 'binding' || basename(dirname(__dirname)) !== 'dist') return false;
  const manifest = sandboxed(() => readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  const name = sandboxed(() => (JSON.parse(manifest ?? '{}') as { readonly name?: unknown }).name);
  return name === 'sspi';
}

/** It is one expression that starts with `__dirname`, for tools that trace which files a program needs (`@vercel/nft`). */
function packagedAddon(arch: string): string {
  return join(__dirname, '..', '..', 'prebuilds', `win32-${arch}`, 'sspi.node');
}

/**
 * True inside an executable that contains the program. The file names that the engine knows are then those of the machine that
 * built it (Node), or not in any file system (Bun).
 */
function isSingleExecutable(file: string | undefined): boolean {
  if (process.versions['bun'] !== undefined) return file !== undefined && /^(\/\$bunfs|B:[\\/]~BUN)[\\/]/i.test(file);
  // Node 20.11 does not have this module.
  return sandboxed(() => (require('node:sea') as typeof import('node:sea')).isSea()) === true;
}
