import { toNamespacedPath } from 'node:path';
import { host } from './host';
import { inject, injected } from '../injected';
import { locateAddon } from './locate';
import type { Binding } from './binding';

const failures = (): typeof import('./load-failure') => require('./load-failure') as typeof import('./load-failure');

let native: Binding | undefined;

/**
 * The binding to secur32, loaded when it is first used so that importing the package never fails.
 * @throws ERR_SSPI_UNSUPPORTED_PLATFORM off Windows, ERR_SSPI_BINARY_UNAVAILABLE where the addon cannot be loaded.
 */
export function loadBinding(): Binding {
  return injectedBinding() ?? (native ??= loadNative());
}

/** Replaces secur32 with a scripted binding, for every copy of the package; undefined undoes this. */
export function useBinding(binding: Binding | undefined): void {
  inject(binding);
}

/** The binding that replaces secur32, if there is one. */
export function injectedBinding(): Binding | undefined {
  return injected() as Binding | undefined;
}

function loadNative(): Binding {
  const { platform, arch } = host();
  if (platform !== 'win32') throw failures().noSspi(platform);
  const search = locateAddon(arch);
  const { path } = search;
  if (path === undefined) throw failures().nowhereToLook(search);
  // process.dlopen rather than require: bundlers leave it alone, and it accepts any path.
  const module: { exports: Partial<Binding> } = { exports: {} };
  try {
    process.dlopen(module, toNamespacedPath(path));
  } catch (cause) {
    throw failures().notLoaded(path, search, arch, cause);
  }
  if (typeof module.exports.createContext !== 'function') throw failures().otherAddon(path, search);
  return module.exports as Binding;
}
