import type { CheckedBounds } from '../package-bounds';
import type { CredentialsUse } from '../credentials';
import type { Role } from '../flags';
import type { SspiApi } from './codes';

/** One leg's tokens, by reference: nothing is copied or decoded until somebody asks why. */
export interface TracedLeg {
  readonly index: number;
  readonly api: SspiApi;
  readonly status: number;
  /** ISC_RET_* or ASC_RET_* bits; undefined where the call failed. */
  readonly granted: number | undefined;
  readonly received: Uint8Array | undefined;
  readonly sent: Uint8Array | undefined;
}

/** An explicit identity without its password. */
export interface Account {
  readonly user: string;
  readonly domain: string | undefined;
}

/** What is known around a failure. An error carries it out of sight, and it goes when the error goes. */
export interface Evidence {
  readonly package?: string | undefined;
  readonly use?: CredentialsUse | undefined;
  /** Undefined: the current user. */
  readonly account?: Account | undefined;
  readonly role?: Role | undefined;
  readonly target?: string | undefined;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly requested?: number | undefined;
  /** ISC_RET_* or ASC_RET_* bits. */
  readonly required?: number | undefined;
  readonly requiredPackages?: readonly string[] | undefined;
  readonly bounds?: CheckedBounds | undefined;
  /** The last leg's, or the context's; undefined before any. */
  readonly granted?: number | undefined;
  /** The package that was agreed on, where the handshake came so far. */
  readonly negotiated?: string | undefined;
  readonly clientName?: string | undefined;
  readonly serverName?: string | undefined;
  /** A whole SEC_CHANNEL_BINDINGS structure. */
  readonly channelBindings?: Uint8Array | undefined;
  readonly legs?: readonly TracedLeg[] | undefined;
  readonly wineVersion?: string | undefined;
  /** When it failed, in milliseconds since 1970 UTC. */
  readonly time?: number | undefined;
}

/** More legs than any mechanism makes; a peer that makes more has the first ones forgotten. */
const maxLegs = 8;

/** Notes a leg; the oldest goes when there are too many. */
export function traceLeg(legs: TracedLeg[], leg: TracedLeg): void {
  if (legs.length === maxLegs) legs.shift();
  legs.push(leg);
}
