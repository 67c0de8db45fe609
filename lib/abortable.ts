import { AbortWatch } from './abort-watch';
import { abortedError } from './errors/make';
import { threadShortage } from './binding/thread-shortage';
import type { Binding } from './binding/binding';

/**
 * `work`, which never rejects, or the abort of the signal if that is first; a result that arrives too late is passed to
 * `release`.
 */
export async function abortable<T>(
  binding: Binding,
  work: Promise<T>,
  signal: AbortSignal | undefined,
  release?: (late: T) => void,
): Promise<T> {
  if (signal === undefined) return work;
  let abort!: () => void;
  const abortion = new Promise<void>((resolve) => {
    abort = resolve;
  });
  const watch = new AbortWatch(signal, abort, (told) => told());
  watch.hold(abort);
  await Promise.race([work, abortion]);
  watch.end();
  if (!signal.aborted) return work;
  void work.then(release);
  throw abortedError(signal, threadShortage(binding));
}
