import type { Binding } from '#lib/binding/binding';

/** What the table of differences tells apart. */
export type Kind = 'addon' | 'script' | 'memory';

/** How one call of InitializeSecurityContext or AcceptSecurityContext goes. */
export interface Play {
  readonly status: number;
  /** Undefined: the output token is not touched. */
  readonly token?: Buffer | undefined;
  readonly flags?: number;
  readonly unread?: number;
  readonly missing?: number;
  readonly bindingsResult?: number;
  /** The call returns when this gate is opened. */
  readonly gate?: string;
  /** What CompleteAuthToken does after this call. */
  readonly completion?: { readonly status: number; readonly token?: Buffer };
}

/** What a credential and its contexts do. */
export interface Scene {
  /** The legs of each of its contexts, whichever side. */
  readonly legs?: readonly Play[];
  readonly acquire?: { readonly status?: number; readonly gate?: string };
  /** ImpersonateSecurityContext's status. */
  readonly impersonation?: number;
}

/** What plays scenes. */
export interface Scripts {
  /** AcquireCredentialsHandle plays the scene for this principal, with {@link Scripts.packageName}. */
  principal(scene: Scene): string;
  /** A stream package's contexts report unread and missing bytes. */
  readonly packageName: string;
  /** Gates are shut until they are opened, once and for good. */
  open(gate: string): Promise<void>;
}

/** One implementation of {@link Binding}, and what the suite must know to use it. */
export interface Subject {
  readonly title: string;
  readonly kind: Kind;
  /** Read when tests run, not before. */
  readonly binding: Binding;
  /** Two ends with this package, without a principal or identity, sign on in three legs. */
  readonly packageName: string;
  readonly target: string;
  /** Absent where only real handshakes can be had. */
  readonly scripts: Scripts | undefined;
}
