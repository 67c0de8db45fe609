/** Loads on the first use: a program that decodes one token, such as a command line, pays for what it uses only. */
export function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}
