import type { RawAccessToken } from '../binding/binding';

/** How far a server may act with a token (SECURITY_IMPERSONATION_LEVEL). */
export type ImpersonationLevel = 'anonymous' | 'identification' | 'impersonation' | 'delegation';

/** A group in an access token. */
export interface TokenGroup {
  /** The group's security identifier, such as `S-1-5-32-544`. Compare these: names differ between languages. */
  readonly sid: string;
  /** SE_GROUP_ENABLED: counts when access is granted. */
  readonly enabled: boolean;
  /** SE_GROUP_USE_FOR_DENY_ONLY: counts only when access is denied, as with the administrators of an unelevated user. */
  readonly denyOnly: boolean;
  /** The SE_GROUP_* bits, with these two and others. */
  readonly attributes: number;
}

/**
 * What Windows knows of the client when access is decided: the user and the groups, nested ones included, that the client's
 * domain controller and this machine put together.
 * @see https://learn.microsoft.com/windows/win32/secauthz/access-tokens
 */
export interface AccessToken {
  /** The user's security identifier, such as `S-1-5-21-…-1103`. */
  readonly user: { readonly sid: string };
  readonly groups: readonly TokenGroup[];
  /** Undefined for a primary token, which no impersonation made. */
  readonly impersonationLevel: ImpersonationLevel | undefined;
}

const enabledBit = 0x4;
const denyOnlyBit = 0x10;
const levels: readonly ImpersonationLevel[] = ['anonymous', 'identification', 'impersonation', 'delegation'];

export function decodeAccessToken(raw: RawAccessToken): AccessToken {
  const groups = raw.groups.map(({ sid, attributes }) =>
    Object.freeze({
      sid,
      enabled: (attributes & enabledBit) !== 0,
      denyOnly: (attributes & denyOnlyBit) !== 0,
      attributes,
    }),
  );
  return Object.freeze({
    user: Object.freeze({ sid: raw.user }),
    groups: Object.freeze(groups),
    impersonationLevel: raw.isPrimary ? undefined : levels[raw.impersonationLevel],
  });
}
