/**
 * What tests put in place of secur32. It is on the global object, because test runners load the package more than once (jest's
 * `resetModules`, vitest's VM pools), and no copy may use the real domain while a test has put a provider in place of secur32.
 */
const key = Symbol.for('sspi.binding');
const realm = globalThis as { [key]?: unknown };

/** The binding that replaces secur32; undefined where nothing does. Its type is known to lib/binding/, which checks nothing here. */
export const injected = (): unknown => realm[key];

export function inject(binding: unknown): void {
  realm[key] = binding;
}
