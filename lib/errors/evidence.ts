import { holdsApReq } from './token-shape';
import type { CredentialsUse, Role } from '../flags/sides';
import type { Finding } from './finding';
import type { SspiApi } from './codes';

/** The tokens of one leg, by reference: nothing is copied or decoded until `explain()` is called. */
export interface LegRecord {
  readonly index: number;
  readonly api: SspiApi;
  /** Undefined for a token that was refused before it was passed to SSPI. */
  readonly status: number | undefined;
  /** ISC_RET_* or ASC_RET_* bits; undefined if the call failed. */
  readonly granted: number | undefined;
  readonly received: Uint8Array | undefined;
  readonly sent: Uint8Array | undefined;
  /** True for bytes of the peer that end inside a message, after which nothing more arrived. */
  readonly pending?: true;
}

/** An explicit identity without its password. */
export interface Account {
  readonly user: string;
  readonly domain: string | undefined;
  readonly emptyPassword?: boolean | undefined;
}

/** What is known about a failure. It is stored in a private field of the error, and is collected together with it. */
export interface Evidence {
  readonly package?: string | undefined;
  readonly use?: CredentialsUse | undefined;
  /** Undefined: the current user. */
  readonly account?: Account | undefined;
  /** When the credentials expire, in milliseconds since 1970 UTC; undefined if they never do. */
  readonly expiry?: number | undefined;
  readonly role?: Role | undefined;
  readonly target?: string | undefined;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly requested?: number | undefined;
  /** ISC_RET_* or ASC_RET_* bits. */
  readonly required?: number | undefined;
  readonly requiredPackages?: readonly string[] | undefined;
  /** What Negotiate was allowed to choose, names in lower case. */
  readonly bounds?: { readonly allow: ReadonlySet<string> | undefined; readonly deny: ReadonlySet<string> } | undefined;
  /** Those of the last leg, or of the context; undefined before the first leg. */
  readonly granted?: number | undefined;
  /** The negotiated package, if the handshake got that far. */
  readonly negotiated?: string | undefined;
  readonly clientName?: string | undefined;
  readonly serverName?: string | undefined;
  /** A whole SEC_CHANNEL_BINDINGS structure. */
  readonly channelBindings?: Uint8Array | undefined;
  readonly legs?: readonly LegRecord[] | undefined;
  /** True if a server in this process has already accepted exactly this AP-REQ. */
  readonly acceptedBefore?: boolean | undefined;
  readonly wineVersion?: string | undefined;
  /** Why the addon could not be loaded. */
  readonly loading?: readonly Finding[] | undefined;
  /** When it failed, in milliseconds since 1970 UTC. */
  readonly time?: number | undefined;
}

/** More legs than any mechanism needs; if a peer makes more, the first ones are dropped. */
const maxLegs = 8;

/** Records a leg; the oldest one is dropped if there are too many. */
export function recordLeg(legs: LegRecord[], leg: LegRecord): void {
  if (legs.length === maxLegs) legs.shift();
  legs.push(leg);
}

/** The ends of the AP-REQs that servers in this process accepted, oldest first. They are ciphertext, so no two are the same. */
const accepted = new Set<string>();
const maxAccepted = 256;
const endLength = 32;
const endOf = (token: Buffer): string => token.toString('latin1', Math.max(0, token.length - endLength));

/** Records that a server accepted an AP-REQ, so that a replay of it can be recognised. */
export function noteAccepted(token: Buffer): void {
  if (!holdsApReq(token)) return;
  if (accepted.size === maxAccepted) accepted.delete(accepted.values().next().value as string);
  accepted.add(endOf(token));
}

export function wasAccepted(token: Buffer): boolean {
  return holdsApReq(token) && accepted.has(endOf(token));
}
