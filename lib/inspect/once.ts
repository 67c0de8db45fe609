/** Loads a module when it is first used, so that a program that decodes one token loads only what it needs. */
export function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}
