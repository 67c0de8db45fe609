const forgotten = new FinalizationRegistry<() => void>((stop) => stop());

/**
 * Reacts to a signal without being kept alive by it: signals often live as long as the process, and what is watched may be
 * forgotten by everybody else.
 * @param react Must hold on to nothing that holds on to `owner`.
 * @returns Ends the watch.
 */
export function watchAbort<Owner extends object>(
  signal: AbortSignal,
  owner: Owner,
  react: (owner: Owner, signal: AbortSignal) => void,
): () => void {
  const reference = new WeakRef(owner);
  const listener = (): void => {
    const alive = reference.deref();
    if (alive !== undefined) react(alive, signal);
  };
  const stop = (): void => {
    signal.removeEventListener('abort', listener);
    forgotten.unregister(stop);
  };
  signal.addEventListener('abort', listener, { once: true });
  forgotten.register(owner, stop, stop);
  return stop;
}
