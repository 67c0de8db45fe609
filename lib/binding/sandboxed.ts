/**
 * A look at the machine that may not be allowed: what a sandbox denies (Node's ERR_ACCESS_DENIED, Deno's NotCapable), or the
 * file system does, was not seen.
 */
export function sandboxed<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** True where a sandbox is what denied it: Node's permission model, or Deno's of version 1 or 2. */
export function deniedBySandbox(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return code === 'ERR_ACCESS_DENIED' || name === 'NotCapable' || name === 'PermissionDenied';
}
