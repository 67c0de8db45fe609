import { createHash } from 'node:crypto';
import type { Agreement } from './party';
import type { MemoryDomain } from './domain';
import type { RawAccessToken } from '../../binding/binding';
import type { ScriptedAccount } from '../script';

/** SE_GROUP_MANDATORY, _ENABLED_BY_DEFAULT and _ENABLED; SE_GROUP_USE_FOR_DENY_ONLY (winnt.h). */
const enabled = 0x7;
const denyOnly = 0x10;

/** Groups that Windows adds (MS-DTYP, 2.4.2.4): for everybody, and depending on how somebody has signed on. */
const everyone = { sid: 'S-1-1-0', name: 'Everyone', domain: '' };
const authenticatedUsers = { sid: 'S-1-5-11', name: 'Authenticated Users', domain: 'NT AUTHORITY' };
const network = { sid: 'S-1-5-2', name: 'NETWORK', domain: 'NT AUTHORITY' };
const interactive = { sid: 'S-1-5-4', name: 'INTERACTIVE', domain: 'NT AUTHORITY' };
/** The relative identifier of Domain Users (MS-DTYP, 2.4.2.4). */
const domainUsers = 513;
/** Accounts that people create have relative identifiers from here on. */
const firstOwnAccount = 1000;

/** SID_NAME_USE */
const accountTypes = { user: 1, group: 2, wellKnownGroup: 5 } as const;
/** SECURITY_IMPERSONATION_LEVEL */
const levels = { identification: 1, impersonation: 2, delegation: 3 } as const;

/** What a server learns about the client after the handshake. */
export function accessTokenOf(domain: MemoryDomain, { user, flags }: Agreement): RawAccessToken {
  const level = flags.includes('identify')
    ? 'identification'
    : flags.includes('delegate')
      ? 'delegation'
      : 'impersonation';
  return {
    ...membershipsOf(domain, user, [everyone.sid, network.sid, authenticatedUsers.sid]),
    isPrimary: false,
    impersonationLevel: levels[level],
  };
}

/** Who the process runs as; undefined if that is nobody. */
export function processTokenOf(domain: MemoryDomain): RawAccessToken | undefined {
  const user = domain.currentUser();
  return (
    user && {
      ...membershipsOf(domain, user.name, [everyone.sid, interactive.sid, authenticatedUsers.sid]),
      isPrimary: true,
      impersonationLevel: levels.impersonation,
    }
  );
}

/** The accounts that look-ups find: the users, their common group, and the groups that Windows adds. */
export function accountsOf(domain: MemoryDomain): ScriptedAccount[] {
  const own = (sid: string, name: string, type: number): ScriptedAccount => ({
    sid,
    name,
    domain: domain.shortName,
    type,
  });
  return [
    ...[everyone, authenticatedUsers, network, interactive].map((group) => ({
      ...group,
      type: accountTypes.wellKnownGroup,
    })),
    own(domainUsersOf(domain), 'Domain Users', accountTypes.group),
    ...domain.userNames().map((name) => own(sidOf(domain, name), name, accountTypes.user)),
  ];
}

function membershipsOf(
  domain: MemoryDomain,
  name: string,
  added: readonly string[],
): Pick<RawAccessToken, 'user' | 'groups'> {
  const { groups = [] } = domain.user(name) ?? {};
  const own = [...added, domainUsersOf(domain)].map((sid) => ({ sid, attributes: enabled }));
  const more = groups.map((group) => {
    if (typeof group === 'string') return { sid: group, attributes: enabled };
    return { sid: group.sid, attributes: group.denyOnly === true ? denyOnly : enabled };
  });
  return { user: sidOf(domain, name), groups: [...own, ...more] };
}

function sidOf(domain: MemoryDomain, name: string): string {
  const given = domain.user(name)?.sid;
  return given ?? `${domainSid(domain)}-${firstOwnAccount + (number(name.toLowerCase()) % 1_000_000)}`;
}

function domainUsersOf(domain: MemoryDomain): string {
  return `${domainSid(domain)}-${domainUsers}`;
}

/** The same for the same realm, in every process. */
function domainSid({ realm }: MemoryDomain): string {
  return `S-1-5-21-${number(`${realm} 1`)}-${number(`${realm} 2`)}-${number(`${realm} 3`)}`;
}

function number(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}
