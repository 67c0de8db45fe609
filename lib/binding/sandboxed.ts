/**
 * Looks at something on the machine, which may not be allowed. If a sandbox (Node's ERR_ACCESS_DENIED, Deno's NotCapable) or
 * the file system denies it, the result is undefined.
 */
export function sandboxed<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** True if a sandbox denied it: Node's permission model, or that of Deno 1 or 2. */
export function deniedBySandbox(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return code === 'ERR_ACCESS_DENIED' || name === 'NotCapable' || name === 'PermissionDenied';
}
