/** Limits on what Negotiate may choose. */
export interface PackageBounds {
  /** Only these packages may be negotiated. */
  readonly allow?: readonly string[] | undefined;
  /** These packages may not be negotiated. */
  readonly deny?: readonly string[] | undefined;
}

/** PackageBounds after checking, ready to compare: names are in lower case, because SSPI ignores case. */
export interface CheckedBounds {
  readonly allow: ReadonlySet<string> | undefined;
  readonly deny: ReadonlySet<string>;
  /** SEC_WINNT_AUTH_IDENTITY_EXW.PackageList */
  readonly list: string;
}

export function permits(bounds: Pick<CheckedBounds, 'allow' | 'deny'>, packageName: string): boolean {
  const name = lower(packageName);
  return !bounds.deny.has(name) && (bounds.allow === undefined || bounds.allow.has(name));
}

/** Names are compared without regard to case, as in SSPI. */
export const lower = (name: string): string => name.toLowerCase();
