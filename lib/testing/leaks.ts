import { host } from '../binding/host';
import { injectedBinding, loadBinding } from '../binding/load';
import { watchProviders } from './use-provider';
import type { ScriptedProvider } from './scripted-provider';
import type { Binding, LiveCounts } from '../binding/binding';

/** Options of {@link watchLeaks} and {@link expectNoLeaks}. */
export interface LeakOptions {
  /** How long to wait for calls and deletions that are still running, in milliseconds. Default: 1,000. */
  readonly patience?: number | undefined;
}

/** Watches what is alive, from {@link watchLeaks}. */
export interface LeakWatch {
  /**
   * Resolves if no more is alive than when the watch started, in the provider that was in use then and in all that were put in
   * use since. Rejects with an Error that says what is left, or how a provider's contract was violated. Ends the watch.
   */
  check(): Promise<void>;
}

/**
 * Starts to watch for credentials, contexts, native buffers and calls that are left over. Needs no test framework.
 *
 * @example
 * ```ts
 * let leaks: LeakWatch;
 * beforeEach(() => { leaks = watchLeaks(); });
 * afterEach(() => leaks.check());
 * ```
 */
export function watchLeaks({ patience = 1000 }: LeakOptions = {}): LeakWatch {
  const before = new Map<Binding, LiveCounts>();
  const watch = (binding: Binding): void => {
    if (!before.has(binding)) before.set(binding, binding.liveCounts());
  };
  // On other platforms than Windows there may be nothing to watch yet.
  if (injectedBinding() !== undefined || host().platform === 'win32') watch(loadBinding());
  const end = watchProviders(watch);
  return {
    async check(): Promise<void> {
      end();
      const deadline = Date.now() + patience;
      for (;;) {
        const left = [...before].flatMap(([provider, counts]) => surplus(counts, provider.liveCounts()));
        if (left.length === 0) break;
        if (Date.now() >= deadline) throw new Error(`Left over: ${left.join(', ')}.`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const provider of before.keys()) {
        // Recognised by its field, because the provider may come from another copy of this package.
        const { violations = [] } = provider as Partial<ScriptedProvider>;
        if (violations.length > 0) throw new Error(`Violations of the provider’s contract: ${violations.join('; ')}.`);
      }
    },
  };
}

/**
 * Runs `work` and checks that it leaves nothing over: see {@link LeakWatch.check}. What `work` throws is passed through.
 * @returns What `work` returned.
 * @example
 * ```ts
 * test('a refused client leaves nothing', () => expectNoLeaks(() => signOn('alice', 'wrong')));
 * ```
 */
export async function expectNoLeaks<T>(work: () => T | PromiseLike<T>, options?: LeakOptions): Promise<T> {
  const leaks = watchLeaks(options);
  const result = await work();
  await leaks.check();
  return result;
}

function surplus(before: LiveCounts, now: LiveCounts): string[] {
  return (['credentials', 'contexts', 'buffers', 'calls'] as const).flatMap((kind) => {
    const more = now[kind] - before[kind];
    return more > 0 ? [`${more} ${more === 1 ? kind.slice(0, -1) : kind}`] : [];
  });
}
