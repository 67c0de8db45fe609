import { bindingOf, type Provider } from './provider';
import { injectedBinding, useBinding } from '../binding/load';
import type { Binding } from '../binding/binding';

/** A provider in its place; ending it (`restore()`, or `using`) puts back what was there before. */
export interface ProviderInUse {
  /** Idempotent. Credentials and contexts that the provider made go on working. */
  restore(): void;
  [Symbol.dispose](): void;
}

interface Entry {
  readonly binding: Binding;
}

interface Providers {
  readonly inUse: Entry[];
  /** What was in the place of secur32 by other means before the first. */
  beneath: Binding | undefined;
  readonly watchers: Set<(binding: Binding) => void>;
}

/** On the global object, as the provider in use is: copies of this module, in registries of their own, add to one stack. */
const key = Symbol.for('sspi.testing.providers');
const realm = globalThis as { [key]?: Providers };
const providers = (): Providers => (realm[key] ??= { inUse: [], beneath: undefined, watchers: new Set() });

/**
 * Puts a provider in the place of secur32: `acquireCredentials` and `listPackages` of this package go to it from here on, on
 * every platform, whichever way (`import`, `require`) they were loaded and however often (jest's `resetModules`). It holds for the
 * whole process or, in runners that give each test file a realm of its own, for the file. Providers stack: each goes in front of the one before, and restoring one takes out that one only.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for what is no provider.
 * @example
 * ```ts
 * let provider: ProviderInUse;
 * beforeEach(() => { provider = useProvider(memoryProvider({ users: { alice: 'secret' } })); });
 * afterEach(() => provider.restore());
 * ```
 */
export function useProvider(provider: Provider): ProviderInUse {
  const binding = bindingOf(provider);
  const entry: Entry = { binding };
  const shared = providers();
  const { inUse, watchers } = shared;
  if (inUse.length === 0) shared.beneath = injectedBinding();
  inUse.push(entry);
  useBinding(binding);
  for (const watcher of watchers) watcher(binding);
  const restore = (): void => {
    const at = inUse.indexOf(entry);
    if (at < 0) return;
    inUse.splice(at, 1);
    useBinding(inUse.at(-1)?.binding ?? shared.beneath);
  };
  return { restore, [Symbol.dispose]: restore };
}

/** Calls `watcher` for each provider put in use from now on; the returned function ends that. */
export function watchProviders(watcher: (binding: Binding) => void): () => void {
  const { watchers } = providers();
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}
