/** Who may pass. */
import { formatSid, lookupSids, SspiError, type AccountLookup } from '../../index';
import { counted, type Principal } from './identity';
import { isAnonymous, isGuest } from './principal';
import type { Settings } from './options';

type Lists = Pick<Settings, 'users' | 'groups' | 'guests' | 'anonymous'>;

/** The options `allow`, with every name resolved. */
export interface Allowed {
  /** Why a client may not pass; undefined where it may. */
  objection(principal: Principal): string | undefined;
}

/** @throws ERR_SSPI_NAME_UNKNOWN for a name that nobody knows; ERR_SSPI_INVALID_ARGUMENT for a SID that is none. */
export async function resolveAllowed({ users, groups, guests, anonymous }: Lists): Promise<Allowed> {
  const resolvedUsers = await resolve(users);
  const resolvedGroups = await resolve(groups);
  if (resolvedGroups.unresolved.length > 0) {
    throw unknownNames('allow.groups', resolvedGroups.unresolved, 'This platform cannot look names up: give SIDs.');
  }
  const userSids = new Set(resolvedUsers.sids);
  const userNames = new Set(resolvedUsers.unresolved.map((name) => name.toLowerCase()));
  const groupSids = resolvedGroups.sids;
  const isOpen = users.length === 0 && groups.length === 0;

  const isNamed = ({ sid, name, groups: has }: Principal): boolean =>
    (sid !== undefined && userSids.has(sid)) ||
    (name !== undefined && userNames.has(name.toLowerCase())) ||
    (has !== undefined && groupSids.some((group) => counted(has).has(group)));

  const withheld = ({ sid, name, groups: has }: Principal): boolean =>
    (userSids.size > 0 && sid === undefined) ||
    (userNames.size > 0 && name === undefined) ||
    (groupSids.length > 0 && has === undefined);

  return {
    objection(principal) {
      if (!anonymous && isAnonymous(principal)) return 'The anonymous logon is not allowed.';
      if (!guests && isGuest(principal)) return 'Guests are not allowed.';
      if (isOpen || isNamed(principal)) return undefined;
      return withheld(principal)
        ? 'The platform withholds what the option allow compares: the client’s name, SID or groups.'
        : 'The client is none of the allowed users, and in none of the allowed groups.';
    },
  };
}

interface Resolved {
  readonly sids: readonly string[];
  /** Names on a platform that cannot look them up. */
  readonly unresolved: readonly string[];
}

async function resolve(entries: readonly string[]): Promise<Resolved> {
  const isSid = (entry: string): boolean => /^s-\d/i.test(entry);
  const sids = entries.filter(isSid).map((sid) => formatSid(sid));
  const names = entries.filter((entry) => !isSid(entry));
  const found = names.length === 0 ? [] : await lookUp(names);
  if (found === undefined) return { sids, unresolved: names };
  const unknown = found.filter(({ account }) => account === undefined);
  if (unknown.length > 0) {
    const which = unknown.map(({ asked, code }) => `${asked} (${code})`);
    throw unknownNames('allow', which, 'Write them with their domain, such as CORP\\Web Users, or give SIDs.');
  }
  return {
    sids: [...sids, ...found.flatMap(({ account }) => (account === undefined ? [] : [account.sid]))],
    unresolved: [],
  };
}

/** Undefined where the provider has no look-up. */
async function lookUp(names: readonly string[]): Promise<readonly AccountLookup[] | undefined> {
  try {
    const found = await lookupSids(names);
    return found.every(({ code }) => code === 'SEC_E_UNSUPPORTED_FUNCTION') ? undefined : found;
  } catch (error) {
    if (SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM')) return undefined;
    throw error;
  }
}

function unknownNames(option: string, names: readonly string[], hint: string): SspiError {
  return new SspiError({
    code: 'ERR_SSPI_NAME_UNKNOWN',
    message: `${option}: nobody knows ${names.join(', ')}. ${hint}`,
    hint,
  });
}
