import { bindingOf, type Provider } from './provider';
import { injectedBinding, useBinding } from '../binding/load';
import type { Binding } from '../binding/binding';

/** A provider in use. Ending it (`restore()`, or `using`) restores what was in use before. */
export interface ProviderInUse {
  /** Idempotent. Credentials and contexts of the provider continue to work. */
  restore(): void;
  [Symbol.dispose](): void;
}

interface Entry {
  readonly binding: Binding;
}

interface Providers {
  readonly inUse: Entry[];
  /** What replaced secur32 by other means before the first provider. */
  beneath: Binding | undefined;
  readonly watchers: Set<(binding: Binding) => void>;
}

/**
 * Stored on the global object, like the provider in use, so that copies of this module in separate registries share one stack.
 */
const key = Symbol.for('sspi.testing.providers');
const realm = globalThis as { [key]?: Providers };
const providers = (): Providers => (realm[key] ??= { inUse: [], beneath: undefined, watchers: new Set() });

/**
 * Replaces secur32 with a provider. From now on, `acquireCredentials` and `listPackages` of this package use it, on every
 * platform, however they were loaded (`import`, `require`) and however often (jest's `resetModules`). It applies to the whole
 * process or, in runners that give each test file its own realm, to the file. Providers stack: each takes precedence over the
 * previous ones, and restoring one removes only that one.
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

/** Calls `watcher` for each provider that is put in use from now on; the returned function stops this. */
export function watchProviders(watcher: (binding: Binding) => void): () => void {
  const { watchers } = providers();
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}
