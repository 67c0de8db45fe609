/**
 * Loads a module when it is first used, so that a program loads only what it needs, and remembers it. A `require` in a function
 * that is called often would resolve the file's name anew on each call, and may ask the file system for it. `sspi` itself and
 * `sspi/inspect` each have one of their own: the one opens no more files than it must, the other knows nothing outside of itself.
 */
export function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}
