import { bindingError, statusError } from '../errors/make';
import { impersonationLevels, type ImpersonationLevel } from '../binding/impersonation-level';
import { sidToBytes } from '../sid';
import { wellKnownSids } from '../well-known-sids';
import type { Binding, RawAccessToken, RawLogonSession, RawMembership, RawStatus } from '../binding/binding';
import type { FailedCall } from '../errors/failed-call';

/** A group in an access token. */
export interface TokenGroup {
  /** The group's security identifier, such as `S-1-5-32-544`. Compare these: names differ between languages. */
  readonly sid: string;
  /** SE_GROUP_ENABLED: the group counts when access is granted. */
  readonly enabled: boolean;
  /** SE_GROUP_USE_FOR_DENY_ONLY: the group counts only when access is denied, such as Administrators for an unelevated user. */
  readonly denyOnly: boolean;
  /** The SE_GROUP_* bits, including these two. */
  readonly attributes: number;
}

/** A privilege in an access token. */
export interface TokenPrivilege {
  /** Windows' own name, the same in every language: `SeImpersonatePrivilege`. */
  readonly name: string;
  /** SE_PRIVILEGE_ENABLED: the privilege is in effect. Whoever acts with the token can enable it. */
  readonly enabled: boolean;
  /** The SE_PRIVILEGE_* bits. */
  readonly attributes: number;
}

/**
 * The mandatory integrity level. `medium` is for ordinary users, `high` for elevated ones, `mediumPlus` is between them, and
 * `system` is for services.
 */
export type IntegrityLevel = 'untrusted' | 'low' | 'medium' | 'mediumPlus' | 'high' | 'system' | 'protectedProcess';

/** How the user logged on (SECURITY_LOGON_TYPE). */
export type LogonType =
  | 'interactive'
  | 'network'
  | 'batch'
  | 'service'
  | 'proxy'
  | 'unlock'
  | 'networkCleartext'
  | 'newCredentials'
  | 'remoteInteractive'
  | 'cachedInteractive'
  | 'cachedRemoteInteractive'
  | 'cachedUnlock';

/** The logon session of a token (LsaGetLogonSessionData). Texts that the security authority does not have are empty. */
export interface LogonSession {
  readonly user: string;
  /** The NetBIOS name of the user's domain, or of this machine. */
  readonly domain: string;
  /** The package that verified the logon: `'Kerberos'`, `'NTLM'`. */
  readonly package: string;
  /** Undefined for a number without a name. */
  readonly type: LogonType | undefined;
  /** When the session began. */
  readonly time: Date | undefined;
  /** The domain controller that verified it, if known. */
  readonly server: string;
  readonly dnsDomain: string;
  /** `alice@corp.test` */
  readonly principalName: string;
  /** The number of the terminal session; 0 for services and network logons. */
  readonly terminalSession: number;
}

/** The value of a claim: 64-bit numbers are bigints, SIDs and octets are bytes. */
export type ClaimValue = string | bigint | boolean | Buffer;

/** Something that domain controllers assert about the user besides groups (Dynamic Access Control). */
export interface TokenClaim {
  /** The claim's identifier, such as `ad://ext/department`. */
  readonly name: string;
  readonly values: readonly ClaimValue[];
  /** CLAIM_SECURITY_ATTRIBUTE_TYPE_*: 1 int64, 2 uint64, 3 text, 5 SID, 6 boolean, 16 octets. */
  readonly type: number;
  /** CLAIM_SECURITY_ATTRIBUTE_* bits. */
  readonly flags: number;
}

/** Asks Windows whether an identifier counts. If the token is that of a context, the context must still be alive. */
type Ask = (sid: Uint8Array) => Promise<RawMembership>;

/**
 * What Windows uses to decide about access: who the user is, the groups (including nested ones) that the user's domain
 * controller and this machine have determined, and the rights of the logon. It is a snapshot.
 * @see https://learn.microsoft.com/windows/win32/secauthz/access-tokens
 */
export class AccessToken {
  /** The user's security identifier, such as `S-1-5-21-…-1103`. */
  readonly user: { readonly sid: string };
  readonly groups: readonly TokenGroup[];
  readonly privileges: readonly TokenPrivilege[];
  /** `'primary'` for the token of a process or a logon, `'impersonation'` for one with which a thread can act. */
  readonly type: 'primary' | 'impersonation';
  /** Undefined for a primary token. */
  readonly impersonationLevel: ImpersonationLevel | undefined;
  /**
   * True if the user has full administrator rights: an administrator who has confirmed the UAC prompt, or on a machine without
   * UAC.
   */
  readonly elevated: boolean | undefined;
  /** `'limited'` and `'full'` are the two tokens of an administrator under User Account Control; `'default'` is any other. */
  readonly elevationType: 'default' | 'full' | 'limited' | undefined;
  /** True for a token that is restricted to a list of SIDs (CreateRestrictedToken). */
  readonly restricted: boolean | undefined;
  readonly integrityLevel: IntegrityLevel | undefined;
  /** The integrity level as a SID, `S-1-16-…`, for levels without a name. */
  readonly integritySid: string | undefined;
  /** The number of the logon session (a LUID), as Windows' tools write it: `0x3e7`. Unique until Windows restarts. */
  readonly logonId: string | undefined;
  /** The SID of the logon (`S-1-5-5-…`), which protects the objects of one session. */
  readonly logonSid: string | undefined;
  /** Undefined if Windows does not tell this process: only administrators may see the sessions of other users. */
  readonly logonSession: LogonSession | undefined;
  /** Empty if there are none; undefined if they could not be read. */
  readonly claims: readonly TokenClaim[] | undefined;
  readonly #ask: Ask;
  readonly #call: FailedCall;

  /** @internal */
  constructor(raw: RawAccessToken, ask: Ask, call: FailedCall) {
    this.user = Object.freeze({ sid: raw.user });
    this.groups = Object.freeze(raw.groups.map(decodeGroup));
    this.privileges = Object.freeze((raw.privileges ?? []).map(decodePrivilege));
    this.type = raw.isPrimary ? 'primary' : 'impersonation';
    this.impersonationLevel = raw.isPrimary ? undefined : impersonationLevels[raw.impersonationLevel];
    this.elevated = raw.isElevated;
    this.elevationType = raw.elevationType === undefined ? undefined : elevationTypes[raw.elevationType];
    this.restricted = raw.isRestricted;
    this.integrityLevel = raw.integrity === undefined ? undefined : integrityLevels.get(raw.integrity);
    this.integritySid = raw.integrity;
    this.logonId = raw.logonId === undefined ? undefined : `0x${raw.logonId.toString(16)}`;
    this.logonSid = raw.groups.find(({ attributes }) => (attributes & logonIdBits) >>> 0 === logonIdBits)?.sid;
    this.logonSession = raw.logonSession && decodeLogonSession(raw.logonSession);
    this.claims = raw.claims && Object.freeze(raw.claims.map((claim) => Object.freeze(claim)));
    this.#ask = ask;
    this.#call = call;
    Object.freeze(this);
  }

  /**
   * Asks Windows whether a SID counts when access is granted to this user (CheckTokenMembership): it is in the token, enabled,
   * and not only for denials. Each call asks again, with the same context, which must therefore still be alive.
   *
   * @param sid The SID of a group or user; {@link wellKnownSids} has those that are the same everywhere.
   * @throws {SspiError} (by rejection) ERR_SSPI_INVALID_ARGUMENT; ERR_SSPI_DISPOSED; the status of the call.
   * @example
   * ```ts
   * const token = await server.context.accessToken();
   * if (!(await token.isMemberOf(wellKnownSids.administrators))) throw new Error('for administrators only');
   * ```
   */
  async isMemberOf(sid: string): Promise<boolean> {
    const { status, isMember } = await this.#ask(sidToBytes(sid));
    if (status !== 0) throw statusError(status, this.#call);
    return isMember;
  }
}

/** Converts an answer of the binding to a token; `call` is what failed, if it did. */
export async function readAccessToken(
  answer: Promise<RawStatus & { readonly token?: RawAccessToken | undefined }>,
  ask: Ask,
  call: FailedCall,
): Promise<AccessToken> {
  const { status, token } = await answer.catch((error: unknown) => {
    throw bindingError(error);
  });
  if (status !== 0 || token === undefined) throw statusError(status, call);
  const checking: FailedCall = { ...call, api: 'CheckTokenMembership' };
  return new AccessToken(token, ask, checking);
}

/** See `currentToken` in index.ts. */
export function currentToken(binding: Binding): Promise<AccessToken> {
  const wine = binding.wineVersion !== undefined;
  const ask: Ask = (sid) => binding.checkTokenMembership(undefined, sid);
  return readAccessToken(binding.queryProcessToken(), ask, { api: 'OpenProcessToken', wine });
}

const enabledBit = 0x4;
const denyOnlyBit = 0x10;
/** SE_GROUP_LOGON_ID */
const logonIdBits = 0xc0000000;
/** SE_PRIVILEGE_ENABLED */
const privilegeEnabledBit = 0x2;
/** TOKEN_ELEVATION_TYPE, from 1 */
const elevationTypes = [undefined, 'default', 'full', 'limited'] as const;
const integrityLevels: ReadonlyMap<string, IntegrityLevel> = new Map([
  [wellKnownSids.untrustedIntegrity, 'untrusted'],
  [wellKnownSids.lowIntegrity, 'low'],
  [wellKnownSids.mediumIntegrity, 'medium'],
  [wellKnownSids.mediumPlusIntegrity, 'mediumPlus'],
  [wellKnownSids.highIntegrity, 'high'],
  [wellKnownSids.systemIntegrity, 'system'],
  [wellKnownSids.protectedProcessIntegrity, 'protectedProcess'],
]);
/** SECURITY_LOGON_TYPE, from 2 */
const logonTypes: readonly (LogonType | undefined)[] = [
  undefined,
  undefined,
  'interactive',
  'network',
  'batch',
  'service',
  'proxy',
  'unlock',
  'networkCleartext',
  'newCredentials',
  'remoteInteractive',
  'cachedInteractive',
  'cachedRemoteInteractive',
  'cachedUnlock',
];

function decodeGroup({ sid, attributes }: RawAccessToken['groups'][number]): TokenGroup {
  return Object.freeze({
    sid,
    enabled: (attributes & enabledBit) !== 0,
    denyOnly: (attributes & denyOnlyBit) !== 0,
    attributes,
  });
}

function decodePrivilege({ name, attributes }: { name: string; attributes: number }): TokenPrivilege {
  return Object.freeze({ name, enabled: (attributes & privilegeEnabledBit) !== 0, attributes });
}

function decodeLogonSession({ type, time, ...texts }: RawLogonSession): LogonSession {
  return Object.freeze({
    ...texts,
    type: logonTypes[type],
    time: time === undefined ? undefined : new Date(time),
  });
}
